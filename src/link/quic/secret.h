#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace palabre::link {

/// What stateless resets are computed from. Kept, so that a server that was started again can tell
/// the clients of before that their connections are gone.
struct QuicSecret {
  static constexpr const char* kFileName = "quic.secret";

  std::array<std::uint8_t, 32> bytes{};

  static QuicSecret random();
  /// The folder's, of 0600; made where there is none.
  static Result<QuicSecret> load_or_make(const std::filesystem::path& folder);
};

}  // namespace palabre::link
