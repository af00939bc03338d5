#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/decisions.h"
#include "chat/fill.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/names.h"
#include "chat/record.h"

namespace palabre::chat {

/// The state that the records of the registry's log add up to: owners of nicknames, admissions to
/// rooms, invites, rooms for two, facts of rooms. Pure, like the hub, and owned by it.
///
/// A record takes effect once it is kept: `propose` it, append it to the log, then `apply` it if it
/// was kept, else `withdraw` it. A proposed record is reserved meanwhile: of two requests for one
/// nickname, or for the last use of an invite, one is refused at once. At start every record of the
/// log is applied, in order, without a proposal.
class Registry {
 public:
  /// Beyond a limit `propose` refuses; existing entries stay. `apply` ignores the limits, so
  /// records kept under higher ones still count.
  struct Limits {
    // Keys are free to make, so strangers can fill this. Full it takes 120 MB, or 290 MB if each
    // member has four long nicknames.
    std::size_t members = 200'000;
    std::size_t nicks_of_member = 4;
    std::size_t invites = 100'000;     ///< including used and expired ones
    std::size_t admissions = 500'000;  ///< of all members to all rooms
    std::size_t admissions_of_member = 256;
    std::size_t directs = 500'000;
    std::size_t directs_of_member = 256;  ///< opened by the member itself
    /// Opened by others with the member. Higher, so that others cannot use up the member's own.
    std::size_t directs_with_member = 4096;
    std::size_t requests_of_member = 20;  ///< of `directs_of_member`, not accepted yet
    std::size_t blocks = 200'000;
    std::size_t blocks_of_member = 500;
    // Every change of the shown nickname is a record kept for good, even a change back.
    std::size_t founders = 100'000;
    /// Members put out of a room and not invited again; half of them by operators of rooms.
    std::size_t expulsions = 100'000;
    /// For so long a new member from a public network has its place without a word.
    std::chrono::microseconds trial = std::chrono::days(7);
    std::size_t renames_at_once = 5;
    Duration rename_every = std::chrono::minutes(6);
  };

  Registry() : Registry(Limits{}) {}
  explicit Registry(const Limits& limits) : limits_(limits) {}
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  enum class Proposed {
    kReserved,  ///< append it; then call `apply` or `withdraw`, once
    kHolds,     ///< it is true already: append nothing
    kRefused,   ///< append nothing; for the reason see `binding`, `check_invite`, `why_not`
  };
  /// Does not check the expiry of an invite: `check_invite` does.
  Proposed propose(const Record& record);
  /// Ends the reservation of a record that is not kept. Requires a `propose` that returned
  /// `kReserved`, once for each.
  void withdraw(const Record& record);
  /// Returns whether the state changed. An invalid record (another member's nickname, an unknown
  /// invite) changes nothing; nor does one applied again. `number` and `at`: its place in the log,
  /// and when it was kept.
  /// `from`: the public network of the session whose request it was, if known.
  bool apply(const Record& record, Number number = {}, WallTime at = {},
             const std::optional<Network>& from = {});
  bool is_on_trial(const MemberKey& key) const;
  /// The members whose trials should have ended by now, the oldest first.
  std::vector<MemberKey> overdue(WallTime now) const;
  /// Ends the decisions whose time is over, and returns them.
  std::vector<Decision> expire(WallTime now);
  const Decisions& decisions() const { return decisions_; }

  /// The losses of the registry when an act of `UndoBy`, `Forget` or `ForgetRoom` is applied.
  struct Sweep {
    std::vector<Number> decisions;  ///< in force
    std::vector<RoomName> topics;   ///< the rooms whose topics are cleared
    std::vector<RoomName> founded;  ///< the rooms that have no founder then
    std::vector<MemberKey> members;
    std::optional<RoomName> room;  ///< loses all its facts
  };
  /// Time: grows with the decisions in force, the topics, and what the swept members have.
  Sweep sweep_of(const Act& act) const;

  /// The rooms that the member has founded, by name.
  std::vector<RoomName> founded_by(const MemberKey& key) const;
  struct Registered {
    WallTime since;
    MemberKey key;
  };
  /// The members who registered at this time or later, the latest first.
  std::vector<Registered> registered_since(WallTime since) const;

  /// Whether this person is an operator of the server, or of the room.
  bool is_operator(const Identity& identity, const std::optional<RoomName>& room = {}) const;
  /// The member who made the room, unless it is no longer its operator.
  std::optional<MemberKey> founder_of(const RoomName& room) const;

  /// The nickname by which a member is shown.
  std::optional<Nick> nick_of(const MemberKey& key) const;
  /// The member to whom this nickname is bound or reserved. `nick_key` is a `Nick::key`.
  std::optional<MemberKey> owner_of(const std::string& nick_key) const;
  /// The same, but also finds a nickname that was bound under another key, by the rules of another
  /// version.
  std::optional<MemberKey> owner_of(const Nick& nick) const;

  /// Two members with nicknames that today's rules do not tell apart.
  struct Dispute {
    NickBound bound;
    MemberKey other;
    bool is_lost = false;  ///< true: only `other` has the nickname; false: each keeps its own
  };
  /// Disputes found while applying records: the first `kMostDisputes`.
  const std::vector<Dispute>& disputes() const { return disputes_; }
  static constexpr std::size_t kMostDisputes = 100;
  /// Applied admissions without effect: the invite is unknown, used up or revoked, or older than
  /// the member's expulsion.
  std::size_t idle_admissions() const { return idle_admissions_; }

  enum class Binding {
    kFree,
    kOwn,      ///< bound or reserved already; may be bound again, to be shown by it
    kTaken,    ///< by another member
    kTooMany,  ///< the member has reached its limit
    kFull,     ///< the registry has reached its limit of members
  };
  Binding binding(const MemberKey& key, const Nick& nick) const;
  /// The refusal for a member that may not bind it. Requires that it may not.
  Refusal why_not(const MemberKey& key, const Nick& nick) const;
  bool may_bind(const MemberKey& key, const Nick& nick) const {
    const Binding is = binding(key, nick);
    return is == Binding::kFree || is == Binding::kOwn;
  }

  /// Whether an invite has admitted the member to this room. The room need not be by invitation.
  bool is_admitted(const MemberKey& key, const RoomName& room) const;

  /// The same of any room.
  bool has_admission(const MemberKey& key) const;

  struct InviteCheck {
    enum class What {
      kGood,      ///< propose `InviteUsed`
      kAdmitted,  ///< the member is admitted already: no use is consumed
      kUnknown,
      kSpent,
      kExpired,
      kRevoked,  ///< or the member was expelled from the room after the invite was made
      kFull,     ///< a limit of admissions or of members is reached
    };
    What what = What::kUnknown;
    RoomName room = {};  ///< the invite's room, unless `kUnknown`
  };
  InviteCheck check_invite(const InviteHash& hash, const MemberKey& key, WallTime now) const;

  /// The invite whose hash begins with the first `bytes` bytes of `beginning`; nothing if there is
  /// none, or several.
  std::optional<InviteHash> find_invite(const InviteHash& beginning, std::size_t bytes) const;

  /// The refusal for `opened.a`, which may not open it. Requires that it may not.
  Refusal why_not(const DirectOpened& opened) const;

  /// The room for two of `a` and `b`, for `a`.
  enum class Direct {
    kNone,
    kAsks,     ///< `a` has asked `b`, which has not accepted
    kIsAsked,  ///< `b` has asked `a`, which has not accepted
    kOpen,     ///< both have wanted it
  };
  Direct direct(const MemberKey& a, const MemberKey& b) const;
  /// The other members of its rooms for two, in this order: those of open rooms, the one with whom
  /// was spoken last first, where that is not known those of rooms that it opened, the latest
  /// first, then those of rooms that others opened; at the end those whom it has asked. None that
  /// it blocks.
  std::vector<MemberKey> direct_rooms_of(const MemberKey& key) const;
  /// Members who have asked it, the latest first; none that it blocks.
  std::vector<MemberKey> requests_to(const MemberKey& key) const;
  /// Something was said in the open room of the two. Not in the log: after a restart the order of
  /// `direct_rooms_of` is that in which requests were accepted.
  void spoke(const MemberKey& a, const MemberKey& b);
  bool is_blocked(const MemberKey& by, const MemberKey& whom) const;
  /// Members whom it blocks, the latest first.
  std::vector<MemberKey> blocked_by(const MemberKey& key) const;
  std::size_t most_blocks_of_member() const { return limits_.blocks_of_member; }

  /// Rate limit for changes of nickname. Counts one change and returns nothing, or returns how long
  /// the member must wait. A restart of the server resets the limit.
  std::optional<Duration> count_rename(const MemberKey& key, Instant now);

  /// The facts of the room; those of a new room if it has none. Valid until the next `apply`.
  const RoomFacts& facts_of(const RoomName& room) const;
  /// The facts of all rooms that have any.
  const std::map<RoomName, RoomFacts>& facts() const { return facts_; }

  std::size_t members() const { return members_.size(); }
  /// How full the tables are that all members share.
  std::vector<Fill> fills() const;

 private:
  /// A room for two, as one of its members has it.
  struct Pair {
    const MemberKey* with;     ///< a key of `members_`
    std::uint64_t spoken = 0;  ///< by `last_spoken_`, or when it was accepted; 0: not known
    bool is_asked = false;     ///< not accepted yet by the one who did not open it
  };
  struct Member {
    std::vector<Nick> nicks;             ///< the last one is shown
    std::vector<const RoomName*> rooms;  ///< admitted to; elements of `rooms_`
    std::vector<Pair> opened;            ///< rooms for two that it opened
    std::vector<Pair> opened_with;       ///< and those that others opened with it
    std::vector<MemberKey> blocked;      ///< no member needs to have the key
    Instant renames_until{};             ///< when the full burst is available again
    WallTime since{};                    ///< when its first nickname was kept
    std::optional<Network> from{};       ///< the public network of that request, if known
    bool is_on_trial = false;            ///< in `trials_`
    /// Its keys in `owners_by_look_now_` and `owners_as_written_`.
    std::vector<std::pair<std::string, std::string>> other_looks{};
  };
  struct Founder {
    MemberKey key;
    WallTime at;
  };
  struct TopicSet {
    std::string owner;  ///< see `RoomFact`
    WallTime at;
  };
  using Members = std::map<MemberKey, Member>;
  struct Invite {
    const RoomName* room;
    Expiry expiry;
    std::uint32_t left;
    Number made;  ///< the number of its record
    bool is_revoked = false;
  };
  struct PendingNick {
    MemberKey key;
    std::size_t times = 0;
  };
  using HashAndKey = std::pair<InviteHash, MemberKey>;

  bool is_shown_by(const MemberKey& key, const Nick& nick) const;
  void note_other_look(const NickBound& bound, const MemberKey& key);
  void note_dispute(const NickBound& bound, const MemberKey& other, bool is_lost);
  bool has_place_for(const MemberKey& key) const;
  std::size_t nicks_of(const MemberKey& key) const;
  /// Whether the member was expelled from the invite's room after it was made.
  bool is_from_before_expulsion(const Invite& invite, const MemberKey& key) const;
  /// Whether the table has no place for this expulsion.
  bool is_full_of(const Expel& expel, bool is_of_the_server) const;
  bool is_spent(const InviteHash& hash, const Invite& invite, const MemberKey& key) const;
  bool may_enter_more(const MemberKey& key) const;
  bool may_open_more(const DirectOpened& opened) const;
  bool asks_too_many(const MemberKey& by) const;
  /// The room's entries on the side of the one who opened it, and on the other. Both null: there is
  /// no such room.
  std::pair<Pair*, Pair*> find_pair(const MemberKey& opener, const MemberKey& other);
  void accept(const MemberKey& opener, const MemberKey& other);

  Proposed propose_one(const NickBound& bound);
  Proposed propose_one(const InviteMade& made);
  Proposed propose_one(const InviteUsed& used);
  Proposed propose_one(const InviteRevoked& revoked);
  Proposed propose_one(const DirectOpened& opened);
  Proposed propose_one(const Blocked& blocked);
  Proposed propose_one(const RoomFact& fact);
  Proposed propose_one(const RoomFounded& founded);
  Proposed propose_one(const Decision& decision);
  Proposed propose_one(const Undone& undone);
  Proposed propose_one(const TrialEnded& ended);
  void release(const NickBound& bound);
  void release(const InviteMade& made);
  void release(const InviteUsed& used);
  void release(const InviteRevoked& /*nothing is reserved for it*/) {}
  void release(const DirectOpened& opened);
  void release(const Blocked& blocked);
  void release(const RoomFact& fact);
  void release(const RoomFounded& /*nothing is reserved for it*/) {}
  void release(const Decision& /*nothing is reserved for it*/) {}
  void release(const Undone& /*nothing is reserved for it*/) {}
  void release(const TrialEnded& ended) { ending_trials_.erase(ended.key); }
  bool apply_one(const NickBound& bound, WallTime at, const std::optional<Network>& from);
  bool apply_one(const InviteMade& made, Number number);
  bool apply_one(const InviteUsed& used);
  bool apply_one(const InviteRevoked& revoked);
  bool apply_one(const DirectOpened& opened);
  bool apply_one(const Blocked& blocked);
  bool apply_one(const RoomFact& fact, WallTime at);
  bool apply_one(const RoomFounded& founded, WallTime at);
  bool apply_one(const Undone& undone);
  bool apply_one(const TrialEnded& ended);
  bool apply_decision(const Decision& decision, Number number, WallTime at);
  bool set_fact(const RoomFact& fact, WallTime at);
  void give_up(const RoomName& room);
  void end_trial(const MemberKey& key, Member& member);
  /// Adds what the members have done since the time, and those who registered since then.
  void add_done_by(const std::set<MemberKey>& keys, WallTime since, Sweep& sweep) const;
  /// Adds a member with its appointments and its rooms.
  void add_member(const MemberKey& key, Sweep& sweep) const;
  std::set<MemberKey> registered_from(const Network& network, WallTime since) const;
  void carry_out(const Sweep& sweep);
  void forget(const MemberKey& key);
  void expel(const Expel& expel, Number number);
  /// Undoes the lasting consequences of a decision that has ended.
  void end(const Decision& decision);
  bool is_full_of(const RoomFact& fact) const;

  Limits limits_;
  // Ordered maps, since strangers choose the keys.
  Members members_;
  std::map<std::string, const MemberKey*> owners_;  // by `Nick::key`; keys of `members_`
  // For nicknames bound under a key other than today's: by today's key, and by the nickname as
  // written.
  std::map<std::string, const MemberKey*> owners_by_look_now_;
  std::map<std::string, const MemberKey*> owners_as_written_;
  std::vector<Dispute> disputes_;
  std::size_t idle_admissions_ = 0;
  std::map<InviteHash, Invite> invites_;
  std::set<RoomName> rooms_;  // the rooms of all invites
  std::size_t admissions_ = 0;
  std::size_t directs_ = 0;
  std::uint64_t last_spoken_ = 0;
  std::size_t blocks_ = 0;
  Decisions decisions_;
  std::map<RoomName, Founder> founders_;
  std::set<std::pair<MemberKey, RoomName>> founded_;     // the same, by member
  std::map<RoomName, TopicSet> topics_;                  // of rooms that have one
  std::multimap<Network, MemberKey> members_from_;       // by `Member::from`
  std::set<std::pair<std::int64_t, MemberKey>> trials_;  // by the microseconds of `Member::since`
  // The number of the decision. Invites from before it do not admit the member again.
  std::map<std::pair<RoomName, MemberKey>, Number> expelled_;
  const RoomFacts no_facts_{};
  std::array<std::size_t, std::variant_size_v<Fact>> rooms_by_fact_{};  // where it holds
  std::map<RoomName, RoomFacts> facts_;  // none that are those of a new room

  // Reservations: records proposed and neither applied nor withdrawn, with their number.
  std::map<std::string, PendingNick> pending_nicks_;  // by `Nick::key`
  std::map<MemberKey, std::size_t> binding_;          // reservations by member
  std::map<InviteHash, std::size_t> pending_invites_;
  std::set<MemberKey> ending_trials_;
  std::map<HashAndKey, std::size_t> pending_uses_;
  std::multimap<std::pair<RoomName, std::size_t>, Fact> pending_facts_;     // by `kind_of`
  std::map<std::pair<MemberKey, MemberKey>, std::size_t> pending_directs_;  // opener, other member
  std::map<MemberKey, std::size_t> opening_;                                // of those, by opener
  std::map<MemberKey, std::size_t> opening_with_;                           // and by other member
  std::map<MemberKey, std::size_t> blocking_;                               // by the one who blocks
};

}  // namespace palabre::chat
