#include "link/quic/secret.h"

#include <sodium/randombytes.h>

#include "base/private_file.h"

namespace palabre::link {

QuicSecret QuicSecret::random() {
  QuicSecret secret;
  randombytes_buf(secret.bytes.data(), secret.bytes.size());
  return secret;
}

Result<QuicSecret> QuicSecret::load_or_make(const std::filesystem::path& folder) {
  TRY(const auto bytes, load_or_make_secret(folder / kFileName, [] { return random().bytes; }));
  return QuicSecret{bytes};
}

}  // namespace palabre::link
