# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Which API server, and as whom: ``CLUSTER_SPEC``."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig on the host that the module runs on, several joined as in E(KUBECONFIG), or a mapping with what stands in
        such a file, as it comes from Ansible Vault. The text of a kubeconfig is refused; the filter P(ansible.builtin.from_yaml#filter)
        makes a mapping of it.
      - Left out, the environment variable E(K8S_AUTH_KUBECONFIG) is used, then E(KUBECONFIG), then C(~/.kube/config), and
        in a Pod that has none of them the Pod's own ServiceAccount.
      - Read as C(kubectl) reads it, with credential plugins, tokens, proxies and impersonation. A credential plugin gets no terminal and
        110 seconds; one that gives no credential is an error. Of the auth-provider C(oidc) the token is used while it is valid, and
        renewed by C(kubectl) alone.
      - Some of what C(kubectl) takes is refused, since it is hardly meant - a query or fragment in the server's URL, a blank or a letter
        beyond ASCII in a token, a blank at either end of a user, group or other name to act as, a name that is a date or a time of day
        without quotes, and an environment variable that names no HTTP or SOCKS proxy.
    type: raw
  context:
    description:
      - The context to use in the kubeconfig. The current one by default. Without a kubeconfig it is an error, in a Pod, too.
      - The environment variable is E(K8S_AUTH_CONTEXT).
    type: str
  host:
    description:
      - URL of the API server, such as V(https://10.0.0.1:6443) or V(https://[fd00::1]:6443), without a user or password in it. It wins over
        the kubeconfig's, whose C(tls-server-name) then does not count; without O(kubeconfig), no kubeconfig is read at all.
      - The environment variable is E(K8S_AUTH_HOST).
    type: str
  api_key:
    description:
      - Bearer token for the API server. It takes the place of the kubeconfig's user as a whole, client certificate included.
      - One at most of O(api_key), O(username) and O(client_cert) is given.
      - The environment variable is E(K8S_AUTH_API_KEY).
    type: str
  username:
    description:
      - User name for basic authentication to the API server, not to a registry. It takes the place of the kubeconfig's user as a whole.
      - The environment variable is E(K8S_AUTH_USERNAME).
    type: str
  password:
    description:
      - Password for basic authentication to the API server, not to a registry.
      - The environment variable is E(K8S_AUTH_PASSWORD).
    type: str
  client_cert:
    description:
      - Path of a client certificate. It takes the place of the kubeconfig's user as a whole, and goes together with O(client_key).
      - The environment variable is E(K8S_AUTH_CERT_FILE).
    type: path
  client_key:
    description:
      - Path of the client certificate's key, which has no password. Where one file holds both, it is named in both options.
      - The environment variable is E(K8S_AUTH_KEY_FILE).
    type: path
  ca_cert:
    description:
      - Path of the certificates of the authorities to trust. They take the place of those of the kubeconfig.
      - The environment variable is E(K8S_AUTH_SSL_CA_CERT).
    type: path
  validate_certs:
    description:
      - Whether to check the API server's certificate. Left out, the kubeconfig decides, and without one it is checked.
      - The environment variable is E(K8S_AUTH_VERIFY_SSL).
    type: bool
  tls_server_name:
    description:
      - The name to expect in the API server's certificate, where that has none that fits O(host), as behind a tunnel or a balancer.
        Left out, C(tls-server-name) of the kubeconfig counts, and without that the name in O(host).
      - The environment variable is E(K8S_AUTH_TLS_SERVER_NAME).
    type: str
  proxy:
    description:
      - URL of an HTTP proxy to the API server, such as V(http://proxy.example.com:3128), or of a SOCKS 5 proxy, such as
        V(socks5://proxy.example.com:1080), with C(user:password@) before the host where the proxy asks for it. What is not a letter or
        digit in them is percent-encoded, such as C(%40) for an at sign.
      - It is used whatever E(NO_PROXY) says, as that of a kubeconfig is. The certificate of a proxy behind V(https://) is checked as that
        of the API server is.
      - Left out, and without one in the kubeconfig, E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY) count as for C(kubectl), with networks
        such as V(10.0.0.0/8) in the last.
      - The environment variable is E(K8S_AUTH_PROXY).
    type: str
  impersonate_user:
    description:
      - Act as this user. It wins over the user that the kubeconfig says, and leaves its groups, as C(kubectl --as) does.
      - The environment variable is E(K8S_AUTH_IMPERSONATE_USER).
    type: str
  impersonate_groups:
    description:
      - Act as a member of these groups; only together with O(impersonate_user), or with a user in the kubeconfig to act as.
      - The environment variable is E(K8S_AUTH_IMPERSONATE_GROUPS).
    type: list
    elements: str
  concurrency:
    description:
      - How many requests may be under way at once, 1 to 32.
      - More than 16 hardly speeds anything up, and slows the API server down for everybody else.
    type: int
    default: 8
  timeout:
    description:
      - How many seconds the whole run may take, 1 to 86400. It bounds requests, their repetitions, pauses that the API server
        asks for, and waiting.
      - When they are over, what was not begun fails with that reason, and what was done is reported and stays done.
    type: int
    default: 1800
requirements:
  - urllib3 >= 1.26.0 (the Python client kubernetes brings it)
  - PyYAML (the Python client kubernetes brings it)
"""
