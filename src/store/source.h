#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "base/network.h"

namespace palabre::store {

/// Whose a message is, in the two integers that its row has. A message from before the tables knew
/// it, or from the server itself, is nobody's.
struct Source {
  std::int64_t owner = 0;    ///< see `owner_id`; 0: nobody
  std::int64_t network = 0;  ///< see `network_id`; 0: not a public network
  friend bool operator==(const Source&, const Source&) = default;
};

/// A hash of `Draft::owner`: short, of one size, and no table of names has to be kept. 0 for no
/// owner, never for another. Nobody can find a key with another's hash: 63 bits, and each try is a
/// key to be made.
std::int64_t owner_id(std::string_view owner);

/// `Draft::network` as an integer: the first 64 bits of an IPv6 network, or the 32 bits of an IPv4
/// network. The integers of neighbouring networks follow each other.
std::int64_t network_id(const Network& network);

/// The ids of the networks inside of a network; none inside of one smaller than a /64.
struct NetworkRange {
  std::int64_t first = 0;
  std::int64_t last = -1;  ///< included; before `first`: an empty range

  static NetworkRange of(const Network& network);
  bool contains(std::int64_t network) const {
    return network != 0 && first <= network && network <= last;
  }
};

/// Somebody with a share: an owner, or all owners of one network together.
struct Who {
  enum class Kind : std::int64_t { kOwner = 0, kNetwork = 1 };
  Kind kind = Kind::kOwner;
  std::int64_t id = 0;

  /// Whether a message of `by` is in this share.
  bool has(const Source& by) const {
    return kind == Kind::kOwner ? by.owner == id : by.network == id;
  }
  friend auto operator<=>(const Who&, const Who&) = default;  // NOLINT(modernize-use-nullptr)
};

/// The size of a share.
struct Weight {
  std::int64_t bytes = 0;
  std::int64_t messages = 0;

  Weight& operator+=(const Weight& other) {
    bytes += other.bytes;
    messages += other.messages;
    return *this;
  }
  Weight operator-() const { return {-bytes, -messages}; }
  friend bool operator==(const Weight&, const Weight&) = default;
};

}  // namespace palabre::store
