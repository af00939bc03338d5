#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/bucket.h"
#include "base/bucket_table.h"
#include "guard/ban_list.h"
#include "guard/causes.h"
#include "guard/challenge.h"
#include "guard/guest_slots.h"
#include "guard/policy.h"
#include "guard/source.h"

namespace palabre::guard {

/// A datagram at the door, not parsed yet. The gate looks at its prefix (guard/echo.h), and
/// compares it as a whole with the code.
struct Visitor {
  Source source;
  std::string_view bytes;
  bool gets_acks = false;  ///< the guest's messages are acknowledged with their numbers
};

/// Decides who may speak on the open port, before anything is parsed.
///
/// Pure like the hub: no I/O, no clock, no randomness of its own. One thread at a time. Its memory
/// does not grow with strangers' datagrams: a stranger leaves only its minute in a table of fixed
/// size. docs/protocol.md states the rules.
class Gate {
 public:
  struct Secrets {
    Challenge::Key challenge_key{};
    std::uint64_t hash_key = 0;
  };

  /// `own_ports`: the ports on which this server listens; no honest datagram comes from one.
  Gate(Policy policy, const Secrets& secrets, std::vector<std::uint16_t> own_ports);

  /// Sets the networks that this machine reaches without a router at present.
  void set_links(std::vector<OnLinkNetwork> links) { links_ = std::move(links); }

  /// The possible decisions about a datagram.
  struct Drop {
    Cause cause;
    bool tell = false;  ///< notify the guest: `kTooFast`, `kLooksLikeOurs`
  };
  struct Refuse {
    Cause cause;  ///< notify the trusted stranger: `kIpFull` and the like
  };
  struct Answer {
    std::string line;  ///< a challenge, to be sent as is
  };
  struct Enrol {
    std::optional<GuestSlots::Id> evict;  ///< first, end this guest's session without notice
    bool is_code = false;                 ///< the datagram was the code and nothing else
  };
  struct Pass {};

  /// For a source that is not online.
  using Admission = std::variant<Drop, Refuse, Answer, Enrol>;
  Admission admit(const Visitor& visitor, Instant now);

  /// For a guest that is online. Requires that `enrolled` was called for `id`.
  using Hearing = std::variant<Drop, Pass>;
  Hearing hear(GuestSlots::Id id, const Visitor& visitor, Instant now);

  Reach reach_of(const Source& source) const;
  /// Whether the source is exempt from rate limits and caps.
  bool is_exempt(const Source& source) const { return is_exempt(source, reach_of(source)); }

  /// Whether members are admitted from this source. Counts each refusal.
  bool admits_member(const Source& source);
  std::uint64_t members_turned_away() const { return members_turned_away_; }

  /// How many of the requests in one datagram are within the guest's rate limit; the datagram
  /// itself counted as the first. The others are counted as `kTooFast`. Requires that the guest was
  /// enrolled or heard.
  std::size_t within_pace(GuestSlots::Id id, std::size_t requests, Instant now);
  /// Whether the guest may be told now that a request was dropped: once a second.
  bool may_tell(GuestSlots::Id id, Instant now);

  /// Reports that the stranger to be enrolled is online as `id`.
  void enrolled(GuestSlots::Id id, const Source& source, bool by_code, Instant now);
  /// Reports that the guest has left. It keeps its place until its rate limit has recovered, so
  /// leaving and returning evades neither the limit nor the caps. An exempt or evicted guest is
  /// forgotten at once.
  void gone(GuestSlots::Id id);

  // Operators' decisions, each until a given time.
  /// False: there are `BanList::kMost` bans already, and this one is not made.
  bool ban(const Network& network, Instant until) { return bans_.ban(network, until); }
  /// Returns false if this network was not banned.
  bool unban(const Network& network) { return bans_.unban(network); }
  bool is_banned(const Ip& ip, Instant now) const { return bans_.contains(ip, now); }
  /// May contain expired bans, see `forget_what_is_over`.
  const std::map<Network, Instant>& bans() const { return bans_.all(); }
  void forget_what_is_over(Instant now);

  /// The number of guests online, plus those who left and still hold a place.
  std::size_t guests() const { return guests_.size(); }
  std::size_t most_guests() const { return policy_.in_all; }
  const Drops& drops() const { return drops_; }
  /// For code that drops on the guard's behalf later.
  void count(Cause cause) { drops_.count(cause); }

  /// Whether a public source was turned away under `Guests::kLan`; the operator is told once how to
  /// admit them.
  bool has_turned_public_away() const { return drops_.of(Cause::kPublic) > 0; }

 private:
  struct Guest {
    Ip ip{};
    std::uint16_t port = 0;
    Reach reach = Reach::kPublic;
    bool exempt = false;
    bool has_talked = false;  ///< has sent ordinary text, as a person does
    bool evicted = false;
    bool gone = false;  ///< left; see `resting_`
    Bucket pace;
    std::optional<Instant> told;
  };
  using Endpoint = std::pair<Ip, std::uint16_t>;

  bool is_exempt(const Source& source, Reach reach) const;
  Rate rate_of(Reach reach) const;
  bool takes_pace(Guest& guest, Instant now);
  std::optional<Cause> reason_to_drop(const Visitor& visitor, Reach reach, Instant now);
  Admission admit_public(const Visitor& visitor, Instant now);
  Admission find_place(const Visitor& visitor, Reach reach, bool by_code, Instant now);
  bool may_challenge(const Source& source, Instant now);
  void forget(GuestSlots::Id id);
  void forget_who_came_to_rest(Instant now);
  Drop drop(Cause cause, bool tell = false);

  Policy policy_;
  Challenge challenge_;
  std::uint64_t hash_key_;
  std::vector<std::uint16_t> own_ports_;
  std::vector<OnLinkNetwork> links_;
  GuestSlots slots_;
  Bucket challenges_;
  // The paces of addresses, and of networks around them. Twice as many as there are guests at most.
  BucketTable<Network> addresses_{32'768};
  BucketTable<Network> networks_{32'768};
  std::unordered_map<GuestSlots::Id, Guest> guests_;
  // Guests who left before their rate limit recovered; they still hold their places.
  std::map<Endpoint, GuestSlots::Id> resting_;
  std::multimap<Instant, GuestSlots::Id> at_rest_;
  BanList bans_;
  /// By a keyed hash of address and port: the second until which it is not challenged again. Two
  /// sources may share a place; then one waits for the other's minute.
  std::vector<std::uint32_t> challenged_until_;
  std::optional<Instant> told_of_echo_;
  Drops drops_;
  std::uint64_t members_turned_away_ = 0;
};

}  // namespace palabre::guard
