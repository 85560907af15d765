#!/usr/bin/env bash
# Each role and each playbook of the collection with a mistyped variable: refused, naming the right one, before anything else is done.
set -eu

ansible-playbook roles.yml -i "${INVENTORY_PATH:-../../inventory}" "$@"

for name in \
    customised_secret explain_image_pulls inspect_pull_secrets node_registry_auth offboard_tenants \
    onboard_tenants prepull_images pull_secrets registry_everywhere secret_from_config_file \
    secret_from_password several_registries; do
    ! ansible-playbook "regcred.kubernetes.${name}" -i localhost, -e regcred_namespacs=shop > "${OUTPUT_DIR}/out" 2>&1 < /dev/null
    # Of two tasks, the first one includes the second one, or is Ansible's own check of a role's arguments.
    test "$(grep -c '^TASK' "${OUTPUT_DIR}/out")" = 2 &&
        grep -F "regcred_namespacs: no playbook or role of this collection reads this variable; did you mean regcred_namespaces?" "${OUTPUT_DIR}/out" ||
        { cat "${OUTPUT_DIR}/out"; echo "${name} does not refuse it"; exit 1; }
done
