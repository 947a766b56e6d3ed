"""Entities of the model as Discord writes them: pure ``to_wire_*`` functions, snowflakes as strings.

They may read the world (to name members, count, work out permissions) and never change it. Shapes follow the
resource pages of Discord's reference; what the sandbox has no use for has Discord's default.
"""
