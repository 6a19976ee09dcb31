"""The command line of codemagic-cli-tools, unchanged."""

from __future__ import annotations

import redirect  # noqa: F401 - it redirects
from codemagic.tools.app_store_connect import AppStoreConnect

AppStoreConnect.invoke_cli()
