// The part of OpenSSL's libcrypto that channels use: HMAC and constant-time comparison.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
