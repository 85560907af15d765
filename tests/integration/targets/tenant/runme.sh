#!/usr/bin/env bash
# A target that is a role would lose its name to the collection's own role tenant.
set -eux
ANSIBLE_ROLES_PATH=.. ansible-playbook test.yml -i "${INVENTORY_PATH:-../../inventory}" -e @../../integration_config.yml "$@"
