#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chat/command.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/names.h"
#include "chat/record.h"

namespace palabre::chat {

/// Who has which nickname, who may enter which room, which invites there are: what the records of
/// the registry's log say, at hand. Pure, like the hub, and the hub's own.
///
/// A record counts once it is kept: `propose` it, append it, then `apply` it if it was kept, else
/// `withdraw` it. What is proposed is reserved meanwhile, so that of two who ask for one nickname,
/// or for the last use of an invite, one is refused at once. At the start every record of the log
/// is applied, in order, with nothing proposed.
class Registry {
 public:
  /// Beyond a limit nothing more is proposed; all that there is stays. What was kept under higher
  /// limits is applied all the same.
  struct Limits {
    // Keys cost nothing, so strangers can fill this. Full it takes 100 MB, or 270 where each member
    // has four long nicknames.
    std::size_t members = 200'000;
    std::size_t nicks_of_member = 4;
    std::size_t invites = 100'000;     ///< the used and expired ones included
    std::size_t admissions = 500'000;  ///< of all members to all rooms
    std::size_t admissions_of_member = 256;
    std::size_t directs = 500'000;
    std::size_t directs_of_member = 256;  ///< that it opened itself
    /// That others opened with it: more, since nobody is to use up a member's own by them.
    std::size_t directs_with_member = 4096;
    std::size_t frozen = 10'000;
    // Another nickname that is shown is another record, for good, also where it is one of before.
    std::size_t renames_at_once = 5;
    Duration rename_every = std::chrono::minutes(6);
  };

  Registry() : Registry(Limits{}) {}
  explicit Registry(const Limits& limits) : limits_(limits) {}
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  enum class Proposed {
    kReserved,  ///< to be appended; `apply` or `withdraw` has to follow, once
    kHolds,     ///< it is so already: nothing is to be kept
    kRefused,   ///< it must not be kept; see `binding`, `check_invite`
  };
  /// Does not look whether an invite has expired: `check_invite` does.
  Proposed propose(const Record& record);
  void withdraw(const Record& record);
  /// Whether it has changed anything. One that cannot be (a nickname that is another's, an invite
  /// that nobody made) changes nothing; nor does one that is applied again.
  bool apply(const Record& record);

  /// The nickname that a member is shown by.
  std::optional<Nick> nick_of(const MemberKey& key) const;
  /// Whose nickname this is, or is about to be. `nick_key` is a `Nick::key`.
  std::optional<MemberKey> owner_of(const std::string& nick_key) const;
  /// The same; also where it was bound under another key, by the rules of another version.
  std::optional<MemberKey> owner_of(const Nick& nick) const;

  /// Two members whose nicknames the rules of today do not tell apart.
  struct Dispute {
    NickBound bound;
    MemberKey other;
    bool is_lost = false;  ///< the nickname is the other's alone; else each has its own
  };
  /// Those that records have brought about, the first of them: `kMostDisputes`.
  const std::vector<Dispute>& disputes() const { return disputes_; }
  static constexpr std::size_t kMostDisputes = 100;
  /// Admissions that were applied and let nobody in: nobody has made their invite, or it was used
  /// up.
  std::size_t idle_admissions() const { return idle_admissions_; }

  enum class Binding {
    kFree,
    kOwn,      ///< bound already, or about to be; may be bound again, to be shown by it
    kTaken,    ///< by somebody else
    kTooMany,  ///< the member has as many as it can have
    kFull,     ///< there is no place for another member
  };
  Binding binding(const MemberKey& key, const Nick& nick) const;
  /// In words for a member that may not bind it. Requires that it may not.
  Refusal why_not(const MemberKey& key, const Nick& nick) const;
  bool may_bind(const MemberKey& key, const Nick& nick) const {
    const Binding is = binding(key, nick);
    return is == Binding::kFree || is == Binding::kOwn;
  }

  /// Whether an invite has let the member into this room, by invitation or not.
  bool is_admitted(const MemberKey& key, const RoomName& room) const;

  struct InviteCheck {
    enum class What {
      kGood,      ///< propose `InviteUsed`
      kAdmitted,  ///< the member may enter the room already: nothing is used up
      kUnknown,
      kSpent,
      kExpired,
      kRevoked,
      kFull,  ///< the member is in as many rooms as it can be, or all of them are
    };
    What what = What::kUnknown;
    RoomName room = {};  ///< what it is for, unless it is unknown
  };
  InviteCheck check_invite(const InviteHash& hash, const MemberKey& key, WallTime now) const;

  /// The one invite whose hash begins so; nothing where it is none, or several.
  std::optional<InviteHash> find_invite(const InviteHash& beginning, std::size_t bytes) const;

  /// In words for `opened.a`, which may not open it. Requires that it may not.
  Refusal why_not(const DirectOpened& opened) const;

  /// With whom the member has a room of their own: those that others opened, then those that it
  /// opened itself, each the oldest first.
  std::vector<MemberKey> direct_rooms_of(const MemberKey& key) const;

  /// The member is to be shown by another nickname. Nothing: it may, and it counts; else how long
  /// it has to wait. A restart forgets it.
  std::optional<Duration> count_rename(const MemberKey& key, Instant now);

  /// Whether the room is read, not written.
  bool is_frozen(const RoomName& room) const { return frozen_.contains(room); }
  const std::set<RoomName>& frozen_rooms() const { return frozen_; }
  /// Whether the two have a room of their own.
  bool have_direct(const MemberKey& a, const MemberKey& b) const;

  std::size_t members() const { return members_.size(); }

 private:
  struct Member {
    std::vector<Nick> nicks;                    ///< the last is shown
    std::vector<const RoomName*> rooms;         ///< of `rooms_`
    std::vector<const MemberKey*> opened;       ///< rooms for two, with these of `members_`
    std::vector<const MemberKey*> opened_with;  ///< by these
    Instant renames_until{};                    ///< when as many at once are free again
  };
  using Members = std::map<MemberKey, Member>;
  struct Invite {
    const RoomName* room;
    Expiry expiry;
    std::uint32_t left;
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
  bool is_spent(const InviteHash& hash, const Invite& invite, const MemberKey& key) const;
  bool may_enter_more(const MemberKey& key) const;
  bool may_open_more(const MemberKey& by, const MemberKey& with) const;

  Proposed propose_one(const NickBound& bound);
  Proposed propose_one(const InviteMade& made);
  Proposed propose_one(const InviteUsed& used);
  Proposed propose_one(const InviteRevoked& revoked);
  Proposed propose_one(const DirectOpened& opened);
  Proposed propose_one(const RoomFreeze& freeze);
  void release(const NickBound& bound);
  void release(const InviteMade& made);
  void release(const InviteUsed& used);
  void release(const InviteRevoked& /*nothing is reserved for it*/) {}
  void release(const DirectOpened& opened);
  void release(const RoomFreeze& freeze);
  bool apply_one(const NickBound& bound);
  bool apply_one(const InviteMade& made);
  bool apply_one(const InviteUsed& used);
  bool apply_one(const InviteRevoked& revoked);
  bool apply_one(const DirectOpened& opened);
  bool apply_one(const RoomFreeze& freeze);

  Limits limits_;
  // Ordered, since strangers choose the keys of all of them.
  Members members_;
  std::map<std::string, const MemberKey*> owners_;  // by `Nick::key`; of `members_`
  // Of nicknames that were bound under another key than that of today: by that one, and by how they
  // are written.
  std::map<std::string, const MemberKey*> owners_by_look_now_;
  std::map<std::string, const MemberKey*> owners_as_written_;
  std::vector<Dispute> disputes_;
  std::size_t idle_admissions_ = 0;
  std::map<InviteHash, Invite> invites_;
  std::set<RoomName> rooms_;  // of all invites
  std::size_t admissions_ = 0;
  std::size_t directs_ = 0;
  std::set<RoomName> frozen_;

  // What is proposed and neither applied nor withdrawn, and how often.
  std::map<std::string, PendingNick> pending_nicks_;  // by `Nick::key`
  std::map<MemberKey, std::size_t> binding_;          // of `pending_nicks_`, by whom
  std::map<InviteHash, std::size_t> pending_invites_;
  std::map<HashAndKey, std::size_t> pending_uses_;
  std::map<RoomName, std::size_t> pending_freezes_;
  std::map<std::pair<MemberKey, MemberKey>, std::size_t> pending_directs_;  // by whom, with whom
  std::map<MemberKey, std::size_t> opening_;                                // of those, by whom
  std::map<MemberKey, std::size_t> opening_with_;                           // and with whom
};

}  // namespace palabre::chat
