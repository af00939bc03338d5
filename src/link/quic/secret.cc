#include "link/quic/secret.h"

#include <fmt/format.h>
#include <sodium/randombytes.h>
#include <sysexits.h>

#include <cstring>
#include <string_view>

#include "base/fail.h"
#include "base/private_file.h"

namespace palabre::link {

QuicSecret QuicSecret::random() {
  QuicSecret secret;
  randombytes_buf(secret.bytes.data(), secret.bytes.size());
  return secret;
}

Result<QuicSecret> QuicSecret::load_or_make(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFileName;
  TRY(const auto found, read_private_file(path, 0077));
  QuicSecret secret;
  if (!found) {
    secret = random();
    const std::string_view bytes(reinterpret_cast<const char*>(secret.bytes.data()),
                                 secret.bytes.size());
    TRY(write_private_file(path, bytes));
    return secret;
  }
  if (found->size() != secret.bytes.size()) {
    return fail(EX_DATAERR,
                "{} holds {} bytes instead of 32; remove it, and the server makes a new one.",
                path.string(), found->size());
  }
  std::memcpy(secret.bytes.data(), found->data(), secret.bytes.size());
  return secret;
}

}  // namespace palabre::link
