# The data centre's own clocks only.
/^pool /d
