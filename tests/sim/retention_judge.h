#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "disk.h"
#include "store/retention.h"

namespace palabre::sim {

/// Which messages of a room the retention allows to be gone, from what was ever kept there: maps
/// and loops, and nothing of the store's own. The times at which the store has made place are not
/// known, so it says what may be, as strictly as the log and the files show.
class RetentionJudge {
 public:
  RetentionJudge(const store::Retention& policy, const Journal& journal)
      : policy_(policy), journal_(journal) {}

  /// Whether all messages `from` to `to` may be gone. `wall`: the latest time ever seen.
  bool may_be_gone(const std::string& room, std::uint64_t from, std::uint64_t to,
                   std::int64_t wall) const;
  /// Judges what a look at the files has found: those of `gone` that had no reason to go. Findings
  /// of earlier looks are left out.
  std::vector<std::uint64_t> wrongly_gone(const std::string& room,
                                          const std::set<std::uint64_t>& gone, std::int64_t wall);
  /// Whether a draft that was refused because the room is full may have been.
  bool may_be_full_for(const std::string& room, const std::string& owner,
                       const std::optional<Network>& network, std::uint64_t bytes) const;
  /// Whether the room is over a limit, of those messages that no look has found gone.
  bool is_over(const std::string& room) const;

 private:
  struct Weight {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
    Weight& operator+=(const Weight& other) {
      bytes += other.bytes;
      messages += other.messages;
      return *this;
    }
  };
  static Weight weight_of(const Commit& commit) { return {commit.bytes, 1}; }
  bool is_over(const Weight& weight) const {
    return (policy_.bytes && weight.bytes > *policy_.bytes) ||
           (policy_.count && weight.messages > *policy_.count);
  }
  bool is_past_its_age(const Commit& commit, std::int64_t wall) const;
  bool is_old(const Commit& commit, std::int64_t wall) const;
  /// The messages that no look has found gone.
  std::vector<const Commit*> rest_of(const std::string& room) const;
  /// Whether the largest of `others` cannot be much larger than this.
  bool may_be_largest(const Weight& share, const Weight& most_of_others) const;
  /// Whether this share of `all` is as large as that of the largest of so many must be.
  bool has_fair_part(const Weight& share, const Weight& all, std::size_t owners) const;
  /// Until which number the share of each may have been the largest while the room was over.
  std::map<std::string, std::uint64_t> largest_until(const std::vector<const Commit*>& rest,
                                                     const std::set<std::uint64_t>& gone) const;

  const store::Retention policy_;
  const Journal& journal_;
  std::map<std::string, std::set<std::uint64_t>> gone_;  // as found by the looks, by room
};

}  // namespace palabre::sim
