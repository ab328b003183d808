s/@db1\.example\.net/@db1.pre.example.net/
s/^(FEATURE_NEW_CHECKOUT=).*/\1on/
s/--max-old-space-size=[0-9]+/--max-old-space-size=2048/
