#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

#include "base/bucket.h"
#include "base/time.h"

namespace palabre {

/// Rate limits by owner, which outlive the owner's sessions. One thread at a time.
///
/// Memory: an entry for each owner below its burst, `most` at most. Where a new owner finds no
/// place, the owners that have recovered are forgotten; if those are few, also the eighth of the
/// owners that would recover soonest, so nobody is refused for the number of owners, and a flood is
/// not forgotten before others. A forgotten owner starts with a full bucket.
template <typename Owner>
class BucketTable {
 public:
  explicit BucketTable(std::size_t most) : most_(std::max<std::size_t>(most, 8)) {}

  /// The bucket of the owner, valid until the next call. A new one has this rate and is full.
  Bucket& of(const Owner& owner, const Rate& rate, Instant now) {
    if (const auto found = buckets_.find(owner); found != buckets_.end()) return found->second;
    if (buckets_.size() >= most_) make_room(now);
    return buckets_.try_emplace(owner, rate).first->second;
  }
  /// Returns a token to the owner, if the owner is not forgotten.
  void give_back(const Owner& owner) {
    if (const auto found = buckets_.find(owner); found != buckets_.end()) found->second.give_back();
  }

  std::size_t size() const { return buckets_.size(); }

 private:
  void make_room(Instant now) {
    std::erase_if(buckets_, [&](const auto& one) { return one.second.full_at() <= now; });
    const std::size_t kept = most_ - most_ / 8;
    if (buckets_.size() <= kept) return;
    std::vector<Instant> full;
    full.reserve(buckets_.size());
    for (const auto& [owner, bucket] : buckets_) full.push_back(bucket.full_at());
    const auto last = full.begin() + static_cast<std::ptrdiff_t>(full.size() - kept - 1);
    std::nth_element(full.begin(), last, full.end());
    std::size_t too_many = buckets_.size() - kept;
    std::erase_if(buckets_, [&, until = *last](const auto& one) {
      if (too_many == 0 || one.second.full_at() > until) return false;
      --too_many;
      return true;
    });
  }

  std::size_t most_;
  std::map<Owner, Bucket> buckets_;
};

}  // namespace palabre
