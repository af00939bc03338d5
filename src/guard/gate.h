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
#include "guard/causes.h"
#include "guard/challenge.h"
#include "guard/guest_slots.h"
#include "guard/policy.h"
#include "guard/source.h"

namespace palabre::guard {

/// A datagram at the door. Only its first bytes are looked at.
struct Visitor {
  Source source;
  std::string_view bytes;
  bool gets_acks = false;  ///< a guest whose messages are answered with their numbers
};

/// Says who may speak on the open port, before anything is parsed.
///
/// Pure like the hub: no I/O, no clock, no randomness of its own. One thread. Its memory does not
/// grow with what strangers send: a stranger leaves nothing behind but its minute in a table of
/// fixed size. docs/protocol.md states the rules.
class Gate {
 public:
  struct Secrets {
    Challenge::Key challenge_key{};
    std::uint64_t hash_key = 0;
  };

  /// `own_ports`: where this server listens; nothing honest comes from there.
  Gate(Policy policy, const Secrets& secrets, std::vector<std::uint16_t> own_ports);

  /// The networks that this machine reaches without a router, as they are now.
  void set_links(std::vector<OnLinkNetwork> links) { links_ = std::move(links); }

  /// What to do with a datagram.
  struct Drop {
    Cause cause;
    bool tell = false;  ///< the guest is owed a word about it: `kTooFast`, `kLooksLikeOurs`
  };
  struct Refuse {
    Cause cause;  ///< a trusted stranger is owed a word about it: `kIpFull` and the like
  };
  struct Answer {
    std::string line;  ///< a challenge, to be sent as it is
  };
  struct Enrol {
    std::optional<GuestSlots::Id> evict;  ///< first, this guest goes without a word
    bool is_code = false;                 ///< the datagram was the code, and says nothing else
    bool muted = false;                   ///< it may come in, and what it says is not heard
  };
  struct Pass {
    bool muted = false;  ///< it may ask, and nobody is to hear from it
  };

  /// Somebody who is not online.
  using Admission = std::variant<Drop, Refuse, Answer, Enrol>;
  Admission admit(const Visitor& visitor, Instant now);

  /// Somebody who is. Requires that `enrolled` was called for `id`.
  using Hearing = std::variant<Drop, Pass>;
  Hearing hear(GuestSlots::Id id, const Visitor& visitor, Instant now);

  /// Whether a member may come from there, known or not. One that may not is counted.
  bool admits_member(const Source& source);
  std::uint64_t members_turned_away() const { return members_turned_away_; }

  /// How many of the requests in one datagram are within the guest's pace; the datagram itself was
  /// the first. The others are counted as too fast. Requires that the guest was enrolled or heard.
  std::size_t within_pace(GuestSlots::Id id, std::size_t requests, Instant now);
  /// Whether the guest may be told now that something of its was not heard: once a second.
  bool may_tell(GuestSlots::Id id, Instant now);

  /// The stranger that was to be enrolled is online as `id` now.
  void enrolled(GuestSlots::Id id, const Source& source, bool by_code, Instant now);
  /// Its place is free once its pace has come to rest: to leave and to come back is no way round
  /// either.
  void gone(GuestSlots::Id id);

  // What an operator has decided, each until a moment.
  void ban(const Ip& ip, Instant until) { banned_[ip] = until; }
  /// False: it was not banned.
  bool unban(const Ip& ip) { return banned_.erase(ip) > 0; }
  /// It holds for the guest's address: to leave and to come back does not end it.
  void mute(GuestSlots::Id id, Instant until);
  /// Some of it may be over: see `forget_what_is_over`.
  const std::map<Ip, Instant>& bans() const { return banned_; }
  void forget_what_is_over(Instant now);

  /// Who is online, or gone and not at rest yet.
  std::size_t guests() const { return guests_.size(); }
  std::size_t most_guests() const { return policy_.in_all; }
  const Drops& drops() const { return drops_; }
  /// For those who drop on the guard's behalf later on the way.
  void count(Cause cause) { drops_.count(cause); }

  /// Whether a public source has been turned away under `Guests::kLan`; whoever runs the server is
  /// told once how to admit them.
  bool has_turned_public_away() const { return drops_.of(Cause::kPublic) > 0; }

 private:
  enum class Standing { kLocal, kTrusted, kPublic };  // the more trusted first

  struct Guest {
    Ip ip{};
    std::uint16_t port = 0;
    Standing standing = Standing::kPublic;
    bool exempt = false;
    bool has_talked = false;  ///< sent ordinary text: a person, or something that writes like one
    bool evicted = false;
    bool gone = false;  ///< see `resting_`
    Bucket pace;
    std::optional<Instant> told;
  };
  using Endpoint = std::pair<Ip, std::uint16_t>;

  Standing standing_of(const Source& source) const;
  bool is_exempt(const Source& source, Standing standing) const;
  std::optional<Cause> reason_to_drop(const Visitor& visitor, Standing standing, Instant now);
  Admission admit_public(const Visitor& visitor, Instant now);
  Admission find_place(const Visitor& visitor, Standing standing, bool by_code, Instant now);
  bool is_muted(const Source& source, Instant now) const;
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
  std::unordered_map<GuestSlots::Id, Guest> guests_;
  // Guests that are gone, and whose pace is not at rest yet; they have their places still.
  std::map<Endpoint, GuestSlots::Id> resting_;
  std::multimap<Instant, GuestSlots::Id> at_rest_;
  std::map<Ip, Instant> banned_;
  std::map<Endpoint, Instant> muted_;
  /// By a keyed hash of address and port, the second until which they are not challenged again. Two
  /// may share a place: then one of them has to wait for the other's minute.
  std::vector<std::uint32_t> challenged_until_;
  std::optional<Instant> told_of_echo_;
  Drops drops_;
  std::uint64_t members_turned_away_ = 0;
};

}  // namespace palabre::guard
