"""Run by the Python that has pyicloud: its own proof of a password, for numbers that are given."""

from __future__ import annotations

import json
import sys

from pyicloud.srp_password import SrpPassword, SrpProtocolType
from srp import _pysrp as srp

asked = json.load(sys.stdin)
srp.rfc5054_enable()
srp.no_username_in_x()
password = SrpPassword(asked["password"])
salt = bytes.fromhex(asked["salt"])
user = srp.User(
    asked["account"], password, hash_alg=srp.SHA256, ng_type=srp.NG_2048, bytes_a=bytes.fromhex(asked["a"])
)
_, public = user.start_authentication()
password.set_encrypt_info(salt, asked["iteration"], 32, SrpProtocolType(asked["protocol"]))
m1 = user.process_challenge(salt, bytes.fromhex(asked["b"]))
print(json.dumps({"A": public.hex(), "m1": m1.hex(), "m2": user.H_AMK.hex()}))
