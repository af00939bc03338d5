#include "retention_judge.h"

#include <algorithm>
#include <chrono>

#include "base/network.h"

namespace palabre::sim {
namespace {

/// Those in whose share a message is.
std::vector<std::string> shares_of(const std::string& owner,
                                   const std::optional<Network>& network) {
  std::vector<std::string> shares{"owner " + owner};
  if (network) shares.push_back("network " + to_text(*network));
  return shares;
}

std::int64_t in_microseconds(std::chrono::seconds time) {
  return std::chrono::microseconds(time).count();
}

}  // namespace

bool RetentionJudge::is_past_its_age(const Commit& commit, std::int64_t wall) const {
  return policy_.age && wall - commit.kept_at > in_microseconds(*policy_.age);
}

bool RetentionJudge::is_old(const Commit& commit, std::int64_t wall) const {
  return policy_.floor.count() == 0 || wall - commit.kept_at > in_microseconds(policy_.floor);
}

std::vector<const Commit*> RetentionJudge::rest_of(const std::string& room) const {
  static const std::set<std::uint64_t> kNone;
  const auto found = gone_.find(room);
  const std::set<std::uint64_t>& gone = found == gone_.end() ? kNone : found->second;
  std::vector<const Commit*> rest;
  for (std::uint64_t number = 1; number <= journal_.end(room); ++number) {
    if (!gone.contains(number)) rest.push_back(journal_.find(room, number));
  }
  return rest;
}

bool RetentionJudge::is_over(const std::string& room) const {
  Weight all;
  for (const Commit* const commit : rest_of(room)) all += weight_of(*commit);
  return is_over(all);
}

bool RetentionJudge::may_be_largest(const Weight& share, const Weight& most_of_others) const {
  return (policy_.bytes && share.bytes >= most_of_others.bytes) ||
         (policy_.count && share.messages >= most_of_others.messages);
}

bool RetentionJudge::has_fair_part(const Weight& share, const Weight& all,
                                   std::size_t owners) const {
  const bool by_bytes =
      policy_.bytes && all.bytes > *policy_.bytes && share.bytes * owners >= *policy_.bytes;
  const bool by_count =
      policy_.count && all.messages > *policy_.count && share.messages * owners >= *policy_.count;
  return by_bytes || by_count;
}

bool RetentionJudge::may_be_gone(const std::string& room, std::uint64_t from, std::uint64_t to,
                                 std::int64_t wall) const {
  if (room == chat::kRegistryRoom) return false;
  const auto known = gone_.find(room);
  const auto is_known = [&](const Commit& commit) {
    return known != gone_.end() && known->second.contains(commit.number);
  };
  std::map<std::string, Weight> shares;
  std::set<std::string> owners;
  Weight all;
  const auto rest = rest_of(room);
  for (const Commit* const commit : rest) {
    if (commit->owner.empty()) return true;  // it was never told: its size is not known
    for (const auto& who : shares_of(commit->owner, commit->network)) {
      shares[who] += weight_of(*commit);
    }
    owners.insert(commit->owner);
    all += weight_of(*commit);
  }
  std::map<std::uint64_t, Weight> from_here;  // by number: of the rest from there on
  Weight after;
  for (auto one = rest.rbegin(); one != rest.rend(); ++one) {
    after += weight_of(**one);
    from_here[(*one)->number] = after;
  }
  for (std::uint64_t number = from; number <= to; ++number) {
    const Commit* const commit = journal_.find(room, number);
    if (commit == nullptr) return false;
    if (is_known(*commit) || is_past_its_age(*commit, wall)) continue;
    if (is_old(*commit, wall) && is_over(from_here.at(number))) continue;
    if (policy_.floor.count() == 0) return false;
    const auto whose = shares_of(commit->owner, commit->network);
    const bool may_be_a_flood = std::ranges::any_of(whose, [&](const std::string& who) {
      return has_fair_part(shares.at(who), all, owners.size());
    });
    if (!may_be_a_flood) return false;
  }
  return true;
}

std::map<std::string, std::uint64_t> RetentionJudge::largest_until(
    const std::vector<const Commit*>& rest, const std::set<std::uint64_t>& gone) const {
  // At each moment a share was at most what was kept until then, and at least what is there still.
  std::map<std::string, Weight> most;
  std::map<std::string, Weight> least;
  std::map<std::string, std::uint64_t> until;
  Weight all;
  for (const Commit* const commit : rest) {
    all += weight_of(*commit);
    for (const auto& who : shares_of(commit->owner, commit->network)) {
      most[who] += weight_of(*commit);
      if (!gone.contains(commit->number)) least[who] += weight_of(*commit);
    }
    if (!is_over(all)) continue;
    Weight largest;
    for (const auto& [who, weight] : least) {
      largest.bytes = std::max(largest.bytes, weight.bytes);
      largest.messages = std::max(largest.messages, weight.messages);
    }
    for (const auto& [who, weight] : most) {
      if (may_be_largest(weight, largest)) until[who] = commit->number;
    }
  }
  return until;
}

std::vector<std::uint64_t> RetentionJudge::wrongly_gone(const std::string& room,
                                                        const std::set<std::uint64_t>& gone,
                                                        std::int64_t wall) {
  std::vector<std::uint64_t> wrong;
  const auto rest = rest_of(room);
  const bool all_known =
      std::ranges::none_of(rest, [](const Commit* one) { return one->owner.empty(); });
  // By age, and old ones, go from the beginning on.
  std::uint64_t begin = journal_.end(room) + 1;
  for (const Commit* const commit : rest) {
    if (!gone.contains(commit->number)) begin = std::min(begin, commit->number);
  }
  std::map<std::uint64_t, bool> is_over_from;
  Weight after;
  for (auto one = rest.rbegin(); one != rest.rend(); ++one) {
    after += weight_of(**one);
    is_over_from[(*one)->number] = is_over(after);
  }
  std::map<std::string, std::uint64_t> until;
  if (policy_.floor.count() > 0 && all_known) until = largest_until(rest, gone);
  const auto may_go = [&](const Commit& commit) {
    const bool is_first = commit.number < begin;
    if (is_first && is_past_its_age(commit, wall)) return true;
    if (!all_known) return true;
    if (is_first && is_old(commit, wall) && is_over_from.at(commit.number)) return true;
    const auto whose = shares_of(commit.owner, commit.network);
    return std::ranges::any_of(whose, [&](const std::string& who) {
      const auto found = until.find(who);
      return found != until.end() && found->second >= commit.number;
    });
  };
  for (const Commit* const commit : rest) {
    if (!gone.contains(commit->number)) continue;
    const bool is_for_good = room == chat::kRegistryRoom;
    if (is_for_good || !may_go(*commit)) wrong.push_back(commit->number);
  }
  gone_[room].insert(gone.begin(), gone.end());
  return wrong;
}

bool RetentionJudge::may_be_full_for(const std::string& room, const std::string& owner,
                                     const std::optional<Network>& network,
                                     std::uint64_t bytes) const {
  // An owner without a network replaces its own oldest messages.
  if (!network || policy_.floor.count() == 0 || room == chat::kRegistryRoom) return false;
  Weight share;
  Weight all{bytes, 1};
  std::set<std::string> owners{owner};
  for (const Commit* const commit : rest_of(room)) {
    if (commit->owner.empty()) return true;
    all += weight_of(*commit);
    owners.insert(commit->owner);
    if (commit->network == network) share += weight_of(*commit);
  }
  share += {bytes, 1};
  return has_fair_part(share, all, owners.size());
}

}  // namespace palabre::sim
