#pragma once

#include <filesystem>
#include <string>

#include "base/pin.h"
#include "base/result.h"

namespace palabre::link {

/// A server's identity: its private key, and a self-signed certificate for it. Clients check only
/// the pin, so the certificate names nobody and never expires. A value; holds the secret.
struct Certificate {
  static constexpr const char* kKeyName = "server.key";
  static constexpr const char* kCertificateName = "server.crt";

  std::string key_pem;
  std::string certificate_pem;
  Pin pin;

  /// From `server.key` and `server.crt` in `folder`, of mode 0600; made at the first start (P-256).
  /// If only the certificate is missing, a new one is made for the key, and the pin stays. A
  /// certificate without its key is an error, because every client would refuse another pin.
  static Result<Certificate> load_or_make(const std::filesystem::path& folder);

  /// The operator's own files, in PEM. The key may be readable by its group, as in Debian's
  /// ssl-cert, but not by all others.
  static Result<Certificate> load(const std::filesystem::path& key,
                                  const std::filesystem::path& certificate);

  /// A new key and certificate, without files: for servers that keep nothing. A new pin at each
  /// start.
  static Certificate ephemeral();
};

}  // namespace palabre::link
