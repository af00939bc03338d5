#pragma once

#include <filesystem>
#include <string>

#include "base/pin.h"
#include "base/result.h"

namespace palabre::link {

/// Who a server is: its private key, and a certificate for it that it signed itself. Clients look
/// at nothing of it but the pin, so it names nobody and never expires. A value; holds the secret.
struct Certificate {
  static constexpr const char* kKeyName = "server.key";
  static constexpr const char* kCertificateName = "server.crt";

  std::string key_pem;
  std::string certificate_pem;
  Pin pin;

  /// The folder's: `server.key` and `server.crt`, of 0600. Made at the first start (P-256). Where
  /// only the certificate is missing it is made anew for the key, and the pin stays; a certificate
  /// whose key is missing is an error, because every client would refuse another pin.
  static Result<Certificate> load_or_make(const std::filesystem::path& folder);

  /// One's own, in PEM. The key may be readable by its group, as Debian's ssl-cert has it, not by
  /// all others.
  static Result<Certificate> load(const std::filesystem::path& key,
                                  const std::filesystem::path& certificate);

  /// A new one, without files: for servers that keep nothing. Its pin is another after each start.
  static Certificate ephemeral();
};

}  // namespace palabre::link
