#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bucket_table.h"
#include "base/network.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "guard/policy.h"

namespace palabre::server {

/// The pace of members' posts, as backpressure: a post takes one token of its member, of its
/// address, and of its network; without all of them its session waits, in turn. A member's sessions
/// share its tokens. An IPv6 /64 counts as an address; the network is the /24, or the IPv6 /56. A
/// bot's posts count for the bot alone, because an operator vouches for it.
///
/// Fair: sessions that wait for the same limit are served first come, first served, one post each.
/// A session keeps the tokens that it has while it waits for the next one, so it waits for each
/// limit once.
///
/// Memory: one entry per waiting session, and the bounded table of buckets (see `BucketTable`;
/// `kMostOwners` is twice the sessions online at most, so an owner that posts is not forgotten).
/// Pure, one thread.
class PostPace {
 public:
  static constexpr std::size_t kMostOwners = 32'768;

  /// Which limits apply.
  enum class Class : std::uint8_t {
    kExempt,  ///< none
    kPublic,
    kLan,
    kBot,
  };
  /// A member, and the address that it posts from.
  struct Poster {
    Class of = Class::kExempt;
    chat::MemberKey key = {};
    Ip ip = {};
  };
  struct Wait {
    Duration next{};   ///< until the post is taken, if no other limit is in the way
    Duration every{};  ///< then one post each so long, as long as the same sessions wait
  };

  explicit PostPace(const guard::PostRates& rates) : rates_(rates), buckets_(kMostOwners) {}

  /// True: the post is taken. False: the session waits, until `take_turns` returns it. Requires
  /// that the session does not wait yet.
  bool take(chat::SessionId session, const Poster& poster, Instant now);
  /// The sessions whose post is taken now, in order.
  std::vector<chat::SessionId> take_turns(Instant now);
  /// When `take_turns` is due.
  std::optional<Instant> next_turn() const;
  /// Nothing if the session does not wait.
  std::optional<Wait> wait_of(chat::SessionId session, Instant now) const;
  /// Returns the tokens of a post that was not kept, or was kept before.
  void give_back(const Poster& poster);
  /// The session has ended.
  void forget(chat::SessionId session);

  std::size_t waiting() const { return waiting_.size(); }

 private:
  /// The owner of a bucket: a member, an address, or a network, of one class each.
  struct Owner {
    enum class Kind : std::uint8_t { kMember, kAddress, kNetwork };
    Kind kind = Kind::kMember;
    Class of = Class::kExempt;
    std::array<std::uint8_t, 32> bytes{};
    friend auto operator<=>(const Owner&, const Owner&) = default;  // NOLINT(modernize-use-nullptr)
  };
  struct Limit {
    Owner owner;
    Rate rate;
  };
  /// A session that has the tokens of `limits` before `at`, and waits for the next one.
  struct Waiting {
    std::vector<Limit> limits;
    std::size_t at = 0;
  };
  struct Queue {
    std::deque<chat::SessionId> sessions;
    Instant due;
  };

  std::vector<Limit> limits_of(const Poster& poster) const;
  bool advance(chat::SessionId session, Waiting& waiting, Instant now);

  guard::PostRates rates_;
  BucketTable<Owner> buckets_;
  std::map<Owner, Queue> queues_;  // those with sessions
  std::set<std::pair<Instant, Owner>> turns_;
  std::unordered_map<chat::SessionId, Waiting> waiting_;
};

}  // namespace palabre::server
