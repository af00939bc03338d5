#include "link/quic/certificate.h"

#include <fmt/format.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sysexits.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "base/fail.h"
#include "base/private_file.h"
#include "link/quic/gnutls.h"

namespace palabre::link {
namespace {

template <auto Free>
struct FreedBy {
  template <typename T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
using Key = std::unique_ptr<gnutls_x509_privkey_int, FreedBy<gnutls_x509_privkey_deinit>>;
using Crt = std::unique_ptr<gnutls_x509_crt_int, FreedBy<gnutls_x509_crt_deinit>>;

Key new_key() {
  gnutls_x509_privkey_t key = nullptr;
  expect_done(gnutls_x509_privkey_init(&key), "a private key");
  return Key(key);
}

Crt new_certificate() {
  gnutls_x509_crt_t certificate = nullptr;
  expect_done(gnutls_x509_crt_init(&certificate), "a certificate");
  return Crt(certificate);
}

std::string taken(gnutls_datum_t& bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data), bytes.size);
  gnutls_free(bytes.data);
  return text;
}

Key make_key() {
  Key key = new_key();
  expect_done(gnutls_x509_privkey_generate(
                  key.get(), GNUTLS_PK_ECDSA,
                  static_cast<unsigned>(GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)), 0),
              "generating a key");
  return key;
}

std::string pem_of(const Key& key) {
  gnutls_datum_t pem{};
  expect_done(gnutls_x509_privkey_export2_pkcs8(key.get(), GNUTLS_X509_FMT_PEM, nullptr,
                                                GNUTLS_PKCS_PLAIN, &pem),
              "writing a key");
  return taken(pem);
}

/// Valid from 1970 without end: neither end needs a correct clock.
std::string self_signed(const Key& key) {
  static constexpr std::string_view kName = "palabre";
  const Crt certificate = new_certificate();
  gnutls_x509_crt_t raw = certificate.get();
  std::array<unsigned char, 16> serial{};
  expect_done(gnutls_rnd(GNUTLS_RND_NONCE, serial.data(), serial.size()), "a serial number");
  serial[0] = static_cast<unsigned char>((serial[0] & 0x3F) | 0x40);  // positive, without padding
  expect_done(gnutls_x509_crt_set_version(raw, 3), "the version");
  expect_done(gnutls_x509_crt_set_serial(raw, serial.data(), serial.size()), "the serial number");
  expect_done(gnutls_x509_crt_set_activation_time(raw, 0), "the first day");
  expect_done(gnutls_x509_crt_set_expiration_time(raw, GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION),
              "the last day");
  expect_done(gnutls_x509_crt_set_dn_by_oid(raw, GNUTLS_OID_X520_COMMON_NAME, 0, kName.data(),
                                            kName.size()),
              "the name");
  expect_done(gnutls_x509_crt_set_key(raw, key.get()), "the key");
  expect_done(gnutls_x509_crt_set_key_usage(raw, GNUTLS_KEY_DIGITAL_SIGNATURE), "the key's usage");
  expect_done(gnutls_x509_crt_sign2(raw, raw, key.get(), GNUTLS_DIG_SHA256, 0), "signing");
  gnutls_datum_t pem{};
  expect_done(gnutls_x509_crt_export2(raw, GNUTLS_X509_FMT_PEM, &pem), "writing a certificate");
  return taken(pem);
}

/// The pin of the public half of a key, as of a certificate.
template <typename Import>
Pin pin_of(const Import& import) {
  gnutls_pubkey_t raw = nullptr;
  expect_done(gnutls_pubkey_init(&raw), "a public key");
  const std::unique_ptr<gnutls_pubkey_st, FreedBy<gnutls_pubkey_deinit>> key(raw);
  expect_done(import(raw), "reading a public key");
  gnutls_datum_t der{};
  expect_done(gnutls_pubkey_export2(raw, GNUTLS_X509_FMT_DER, &der), "writing a public key");
  const std::string bytes = taken(der);
  Pin pin;
  expect_done(gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes.data(), bytes.size(), pin.bytes.data()),
              "SHA-256");
  return pin;
}

Pin pin_of(const Key& key) {
  gnutls_privkey_t raw = nullptr;
  expect_done(gnutls_privkey_init(&raw), "a private key");
  const std::unique_ptr<gnutls_privkey_st, FreedBy<gnutls_privkey_deinit>> whole(raw);
  expect_done(gnutls_privkey_import_x509(raw, key.get(), 0), "reading a key");
  return pin_of([&](gnutls_pubkey_t to) { return gnutls_pubkey_import_privkey(to, raw, 0, 0); });
}

Pin pin_of(const Crt& certificate) {
  return pin_of(
      [&](gnutls_pubkey_t to) { return gnutls_pubkey_import_x509(to, certificate.get(), 0); });
}

Unexpected<Error> no_pem(const std::filesystem::path& path, const char* what, int status) {
  return fail(EX_DATAERR, "{} holds no {} in PEM format ({}); put back the right one.",
              path.string(), what, gnutls_strerror(status));
}

Unexpected<Error> missing(const std::filesystem::path& path, std::string_view advice) {
  return fail(EX_NOINPUT, "{} is missing; {}.", path.string(), advice);
}

Result<Key> read_key(const std::filesystem::path& path, const std::string& pem) {
  Key key = new_key();
  const gnutls_datum_t bytes = datum(pem);
  const int status =
      gnutls_x509_privkey_import2(key.get(), &bytes, GNUTLS_X509_FMT_PEM, nullptr, 0);
  if (status < 0) return no_pem(path, "private key", status);
  return key;
}

/// Verifies that the key and the certificate belong together.
Result<Certificate> joined(const std::filesystem::path& key_path, std::string key_pem,
                           const std::filesystem::path& certificate_path,
                           std::string certificate_pem) {
  TRY(const auto key, read_key(key_path, key_pem));
  const Crt certificate = new_certificate();
  const gnutls_datum_t bytes = datum(certificate_pem);
  const int status = gnutls_x509_crt_import(certificate.get(), &bytes, GNUTLS_X509_FMT_PEM);
  if (status < 0) return no_pem(certificate_path, "certificate", status);
  const Pin pin = pin_of(certificate);
  if (pin_of(key) != pin) {
    return fail(EX_CONFIG, "{} is not the key of {}; put a matching pair there.", key_path.string(),
                certificate_path.string());
  }
  return Certificate{std::move(key_pem), std::move(certificate_pem), pin};
}

}  // namespace

Result<Certificate> Certificate::load_or_make(const std::filesystem::path& folder) {
  const std::filesystem::path key_path = folder / kKeyName;
  const std::filesystem::path certificate_path = folder / kCertificateName;
  TRY(auto key_pem, read_private_file(key_path, 0077));
  TRY(auto certificate_pem, read_private_file(certificate_path, 0));
  if (!key_pem && certificate_pem) {
    return missing(key_path,
                   fmt::format("put it back, or remove {} too: the server then gets a new "
                               "key, and its clients have to accept a new pin",
                               certificate_path.string()));
  }
  if (!key_pem) {  // the key first: an interrupted first start has then fixed the server's identity
    key_pem = pem_of(make_key());
    TRY(write_private_file(key_path, *key_pem));
  }
  if (!certificate_pem) {
    TRY(const auto key, read_key(key_path, *key_pem));
    certificate_pem = self_signed(key);
    TRY(write_private_file(certificate_path, *certificate_pem));
  }
  return joined(key_path, std::move(*key_pem), certificate_path, std::move(*certificate_pem));
}

Result<Certificate> Certificate::load(const std::filesystem::path& key,
                                      const std::filesystem::path& certificate) {
  TRY(auto key_pem, read_private_file(key, 0007));
  if (!key_pem) return missing(key, "name the file that holds the server's private key");
  TRY(auto certificate_pem, read_private_file(certificate, 0));
  if (!certificate_pem) return missing(certificate, "name the file that holds its certificate");
  return joined(key, std::move(*key_pem), certificate, std::move(*certificate_pem));
}

Certificate Certificate::ephemeral() {
  const Key key = make_key();
  return {pem_of(key), self_signed(key), pin_of(key)};
}

}  // namespace palabre::link
