#!/usr/bin/env bash
# Whatever a role needs and does not get is called by the name of the role's variable, before a module with other names is reached.
set -eu

while IFS='|' read -r role variables message; do
    ! ansible-playbook role.yml -i "${INVENTORY_PATH:-../../inventory}" -e "role=${role}" -e "${variables}" > "${OUTPUT_DIR}/out" 2>&1 < /dev/null
    grep -F "\"msg\": \"${message}" "${OUTPUT_DIR}/out" || { cat "${OUTPUT_DIR}/out"; echo "${role} ${variables}: not ${message}"; exit 1; }
done << 'CASES'
node_registry_auth|{}|node_registry_auth_registries: it is not given, or empty; give it (or regcred_registries) or node_registry_auth_config_json
node_registry_auth|{node_registry_auth_registries: []}|node_registry_auth_registries: it is not given, or empty; give it (or regcred_registries) or
node_registry_auth|{node_registry_auth_state: absent}|node_registry_auth_registries: it is not given, or empty; give the registries to take out
node_registry_auth|{node_registry_auth_state: absent, node_registry_auth_config_json: {auths: {quay.io: {auth: YTpi}}}}|node_registry_auth_registries: it is not given, or empty; give the registries to take out
node_registry_auth|{node_registry_auth_method: credential_provider, node_registry_auth_config_json: {auths: {quay.io: {auth: YTpi}}}}|node_registry_auth_provider_bin_dir: it is not given, or empty; give the folder
prepull_images|{prepull_images_images: []}|prepull_images_images: it is not given, or empty; give the images
pull_secrets|{pull_secrets_registries: [{registry: quay.io, auth: YTpi}]}|pull_secrets_namespaces: it is not given, or empty; give it (or regcred_namespaces), pull_secrets_namespace_selector or
pull_secrets|{pull_secrets_state: absent, pull_secrets_namespaces: []}|pull_secrets_namespaces: it is not given, or empty; give it (or regcred_namespaces), pull_secrets_namespace_selector or
pull_secrets|{pull_secrets_namespaces: [shop]}|pull_secrets_registries: it is not given, or empty; give it (or regcred_registries), pull_secrets_config_json or
pull_secrets|{pull_secrets_namespaces: {shop: true}}|Validation of arguments failed:\nargument 'pull_secrets_namespaces' is of type
prepull_images|{}|prepull_images_images: it is not given, or empty; give the images
tenant|{tenant_tenants: [{name: mt-137, registries: [{registry: quay.io, user: robot, password: made-up}]}]}|tenant mt-137: registries[0]: user: unknown; did you mean username
pull_secrets|{pull_secrets_namespaces: [shop], pull_secrets_registries: [{registry: quay.io, username: robot, pasword: made-up}]}|registries[0]: pasword: unknown; did you mean password
node_registry_auth|{node_registry_auth_registries: [{registy: quay.io, auth: YTpi}]}|registries[0]: registy: unknown; did you mean registry
prepull_images|{prepull_images_images: [quay.io/app], prepull_images_through: node, prepull_images_registries: [{registry: quay.io, user: robot}]}|registries[0]: user: unknown; did you mean username
node_registry_auth|{node_registry_auth_registries: [{registry: quay.io, auth: YTpi}], node_registry_auth_health_timeout: -3}|node_registry_auth_health_timeout: -3 is out of range; use 1 or more
prepull_images|{prepull_images_images: [quay.io/app], prepull_images_through: node, prepull_images_parallelism: 0}|prepull_images_parallelism: 0 is out of range; use 1 or more
tenant|{}|tenant_tenants: it is not given; give the tenants there or as regcred_tenants
CASES
