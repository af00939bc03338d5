#include "link/quic/secret.h"

#include <fmt/format.h>
#include <sodium/randombytes.h>
#include <sysexits.h>

#include <cstring>
#include <string_view>

#include "base/private_file.h"

namespace palabre::link {

QuicSecret QuicSecret::random() {
  QuicSecret secret;
  randombytes_buf(secret.bytes.data(), secret.bytes.size());
  return secret;
}

Result<QuicSecret> QuicSecret::load_or_make(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFileName;
  const auto found = read_private_file(path, 0077);
  if (!found) return Unexpected<Error>(found.error());
  QuicSecret secret;
  if (!*found) {
    secret = random();
    const std::string_view bytes(reinterpret_cast<const char*>(secret.bytes.data()),
                                 secret.bytes.size());
    if (auto written = write_private_file(path, bytes); !written) {
      return Unexpected<Error>(written.error());
    }
    return secret;
  }
  if ((*found)->size() != secret.bytes.size()) {
    return Unexpected<Error>(Error{
        EX_DATAERR, fmt::format("{} holds {} bytes in the place of 32; remove it to have a new one "
                                "made.",
                                path.string(), (*found)->size())});
  }
  std::memcpy(secret.bytes.data(), (*found)->data(), secret.bytes.size());
  return secret;
}

}  // namespace palabre::link
