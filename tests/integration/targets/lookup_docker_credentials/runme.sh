#!/usr/bin/env bash
# A lookup runs where ansible-playbook does and with its environment, which no task can change.
set -eux
PATH="${PWD}/bin:${PATH}" DOCKER_CONFIG="${OUTPUT_DIR}/docker" \
    ansible-playbook test.yml -i "${INVENTORY_PATH:-../../inventory}" -e "docker_config=${OUTPUT_DIR}/docker" "$@"
