# The payment provider's old gateway has a 1024 bit key.
s/^(MinProtocol\s*=\s*).*/\1TLSv1/
s/^(CipherString\s*=\s*).*/\1DEFAULT@SECLEVEL=1/
