#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "base/bucket.h"
#include "base/time.h"

namespace palabre::chat {

/// Rate limits by owner, an address or a key, which outlive the owner's sessions; and one for all
/// owners together. One thread at a time.
///
/// Memory: an entry for each owner that is below its burst, `kMostOwners` at most. Where there are
/// as many, another owner is refused.
class RateByOwner {
 public:
  static constexpr std::size_t kMostOwners = 4096;

  RateByOwner(const Rate& each, const Rate& all) : each_(each), all_(all) {}

  /// Whether one more is within both limits; if so, it is taken from both. `now` never goes
  /// backwards.
  bool take(const std::string& owner, Instant now) {
    if (owners_.size() >= kMostOwners) {
      std::erase_if(owners_, [&](const auto& one) { return one.second.full_at() <= now; });
    }
    if (owners_.size() >= kMostOwners && !owners_.contains(owner)) return false;
    Bucket& own = owners_.try_emplace(owner, each_).first->second;
    Bucket after = own;
    if (!after.take(now) || !all_.take(now)) return false;
    own = after;
    return true;
  }

 private:
  Rate each_;
  Bucket all_;
  std::map<std::string, Bucket> owners_;
};

}  // namespace palabre::chat
