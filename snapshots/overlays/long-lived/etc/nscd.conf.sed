# sssd keeps passwd and group already; two caches of one thing disagree.
s/^(\s*enable-cache\s+(passwd|group|netgroup)\s+)yes/\1no/
s/^(\s*positive-time-to-live\s+hosts\s+)[0-9]+/\1300/
