#!/usr/bin/python
"""Waits until a cluster's first server answers, and makes sure that it is the right one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: k3s_answers
short_description: Wait for the first server
description:
  - Asks for the authority of the server, which K3s gives to anybody. The token of the cluster has its digest, so another cluster is noticed before joining.
  - Waits a moment by chance between two attempts, so that many nodes do not ask at once.
options:
  url:
    description: Where the server is.
    type: str
    required: true
  token:
    description: The token of the cluster, as the first server has it.
    type: str
    required: true
  timeout_seconds:
    description: How long to wait.
    type: int
    default: 300
author:
  - The Fogline authors
"""

EXAMPLES = r"""
- name: Wait for the first server
  fogline.edge.k3s_answers:
    url: https://10.7.1.1:6443
    token: "{{ token }}"
"""

RETURN = r"""
authority:
  description: SHA-256 of the server's authority.
  returned: always
  type: str
"""

import hashlib
import random
import ssl
import time
import urllib.error
import urllib.request

from ansible.module_utils.basic import AnsibleModule

SECONDS_BETWEEN_MAX = 5


def digest_in(token):
    """The digest in `K10<digest>::server:<secret>`; None in a token that has none."""
    head = token.strip().split("::", 1)[0]
    return head[3:] if "::" in token and head.startswith("K10") else None


def main():
    module = AnsibleModule(
        argument_spec={"url": {"required": True}, "token": {"required": True, "no_log": True}, "timeout_seconds": {"type": "int", "default": 300}},
        supports_check_mode=True,
    )
    url, expected = module.params["url"], digest_in(module.params["token"])
    # Nobody can be trusted yet: what answers is held against the digest instead.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    end, last = time.monotonic() + module.params["timeout_seconds"], "nothing was tried"
    while True:
        try:
            with urllib.request.urlopen(url + "/cacerts", context=context, timeout=10) as answer:
                actual = hashlib.sha256(answer.read(1 << 20)).hexdigest()
            break
        except (OSError, urllib.error.URLError, ValueError) as problem:
            last = str(getattr(problem, "reason", problem))
        if time.monotonic() > end:
            module.fail_json(
                msg="FL4125: the cluster's first server does not answer at %s: %s. fix: bring that one up first; "
                "look for a firewall between the two where it runs already" % (url, last)
            )
        time.sleep(1 + random.random() * SECONDS_BETWEEN_MAX)
    if expected is not None and actual != expected:
        module.fail_json(
            msg="FL4121: what answers at %s is another cluster's server: its authority is %s..., the first server's token was made for %s.... "
            "fix: correct the server's address in the fleet file" % (url, actual[:12], expected[:12])
        )
    module.exit_json(changed=False, authority=actual)


if __name__ == "__main__":
    main()
