#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace palabre::link {

/// The key from which stateless reset tokens are computed (RFC 9000, 10.3). Stored, so that a
/// restarted server can tell its earlier clients that their connections are gone.
struct QuicSecret {
  static constexpr const char* kFileName = "quic.secret";

  std::array<std::uint8_t, 32> bytes{};

  static QuicSecret random();
  /// From `folder`, of mode 0600; made if it does not exist.
  static Result<QuicSecret> load_or_make(const std::filesystem::path& folder);
};

}  // namespace palabre::link
