"""
How fast: the collection's modules beside kubernetes.core on one cluster, in one run.

    python -m tests.benchmark --namespaces 1000
    python -m tests.benchmark keyring

peer        kubernetes.core, installed for this alone
usage       runs ansible-playbook, and tells time and memory of it and of the modules
interpreter what runs as the modules' Python, to see what they use
requests    how many requests the API server got from us
work        the cases: what is there before, and the playbooks
pods        thousands of Pods, explained in one call
keyring     how fast credentials are found for images, without a cluster; a part of its own
matching    the process that finds them
table       what came of it, for people
"""
