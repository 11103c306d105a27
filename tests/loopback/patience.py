# SPDX-License-Identifier: MIT
"""How long a test waits for what must come: it costs nothing where it does come, and a machine that is
five times slower, or busy with others, brings it as well."""
PATIENCE_S = 120
