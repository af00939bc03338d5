#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "chat/absent_guests.h"
#include "chat/access.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/held_up.h"
#include "chat/idle_watch.h"
#include "chat/ids.h"
#include "chat/keeping.h"
#include "chat/limits.h"
#include "chat/member.h"
#include "chat/names.h"
#include "chat/registry.h"
#include "chat/room.h"

namespace palabre::chat {

/// Decides. The one place that knows who is online, where, and under which name.
///
/// A pure state machine: no I/O, no clock, no randomness, no lock. The same commands at the same
/// moments give the same effects. It never waits and never fails: what cannot be had is refused in
/// an event. One thread at a time.
class Hub {
 public:
  explicit Hub(const Limits& limits, Keeping keeping = {}, Access access = {});

  /// What follows from `command`, to be carried out in order. `now` never goes backwards.
  Effects handle(const Command& command, Instant now);

  /// When the next `Tick` is due; nothing while nobody is online.
  std::optional<Instant> next_deadline() const { return idle_.next_due(); }

  /// Who is online, as an operator sees it.
  struct Listed {
    SessionId session;
    std::string address;
    std::string shown;
    std::vector<RoomName> rooms;  ///< where it is
    Duration silent;              ///< a member's is not measured
  };
  /// In the order of sessions, which is that of arrival.
  std::vector<Listed> list(Instant now) const;

  struct ListedRoom {
    RoomName name;
    std::size_t guests = 0;
    bool frozen = false;
  };
  /// The rooms that are open, by name.
  std::vector<ListedRoom> list_rooms() const;
  /// Who is online under this nickname, or under one that looks like it.
  std::optional<SessionId> holder_of(const Nick& nick) const;
  /// What has become of a `MakeInvite`.
  Registry::Standing standing_of(const InviteHash& invite) const {
    return registry_.standing_of(invite);
  }

  std::size_t online() const { return sessions_.size(); }
  std::size_t rooms() const { return rooms_.size(); }

 private:
  /// Somebody who is online: a guest, or a member from one of its devices.
  struct Session {
    std::string address;
    std::optional<Nick> nick;         ///< a member has one
    std::optional<MemberKey> member;  ///< nothing: a guest
    std::vector<RoomId> rooms;        ///< where it is; a guest is in one
    std::vector<RoomId> put_in;       ///< of those, where it did not ask to be
    bool wants_acks = false;
    std::string away;
    HeldUp held_up;          ///< a member's
    std::uint32_t turn = 0;  ///< see `Draft`; a member's is not 0
    std::uint64_t posts = 0;

    bool is_in(RoomId room) const;
    /// The post that holds the session up has come again, to be kept or to be refused for good:
    /// what follows goes on.
    void go_on_after(const std::optional<MessageId>& id);
    /// As others see it. The star says: a guest, unproven.
    std::string shown() const;
    /// Whose its messages are, in the log.
    std::string author() const;
  };

  void on(const Arrive& arrive, Instant now, Effects& effects);
  void on(const Login& login, Instant now, Effects& effects);
  void on(const HungUp& hung_up, Instant now, Effects& effects);
  void on(const FromSession& command, Instant now, Effects& effects);
  void on(const Heard& heard, Instant now, Effects& effects);
  void on(const Kept& kept, Instant now, Effects& effects);
  void on(const NotKept& not_kept, Instant now, Effects& effects);
  void on(const RecordKept& kept, Instant now, Effects& effects);
  void on(const RecordNotKept& not_kept, Instant now, Effects& effects);
  void on(const MakeInvite& make, Instant now, Effects& effects);
  void on(const Evict& evict, Instant now, Effects& effects);
  void on(const Kick& kick, Instant now, Effects& effects);
  void on(const Mute& mute, Instant now, Effects& effects);
  void on(const Freeze& freeze, Instant now, Effects& effects);
  void on(const Tick& tick, Instant now, Effects& effects);
  void on(const Close& close, Instant now, Effects& effects);

  /// Whose request is being decided, and when.
  struct Asker {
    SessionId id;
    Session& session;
    Instant now;
    Tag tag;
  };
  void ask(const Asker& by, const Post& post, Effects& effects);
  void ask(const Asker& by, const SetAcks& set, Effects& effects);
  void ask(const Asker& by, const Reread& reread, Effects& effects);
  void ask(const Asker& by, const Join& join, Effects& effects);
  void ask(const Asker& by, const TakeNick& take, Effects& effects);
  void ask(const Asker& by, const Who& who, Effects& effects);
  void ask(const Asker& by, const Help& help, Effects& effects);
  void ask(const Asker& by, const Quit& quit, Effects& effects);
  void ask(const Asker& by, const NotUnderstood& mistake, Effects& effects);
  void ask(const Asker& by, const Enter& enter, Effects& effects);
  void ask(const Asker& by, const Leave& leave, Effects& effects);
  void ask(const Asker& by, const ReadPast& read, Effects& effects);
  void ask(const Asker& by, const PostTo& post, Effects& effects);
  void ask(const Asker& by, const WhoIn& who, Effects& effects);
  void ask(const Asker& by, const SetAway& set, Effects& effects);

  static void answer(const Asker& by, Event event, Effects& effects);
  static void refuse(const Asker& by, Refusal refusal, Effects& effects);

  /// The room of this name, opened if need be.
  RoomId open(const RoomName& name, Effects& effects);
  bool has_room_for(const RoomName& name, std::size_t closes) const;
  /// Whether it is open, or the member may open one more.
  bool may_open(const RoomName& name, const MemberKey& member) const;
  void enter(SessionId id, Session& session, RoomId room, const Start& start, Effects& effects);
  void leave(SessionId id, RoomId room, Effects& effects);
  void post(const Asker& by, RoomId room, const Post& post, Effects& effects);
  Draft::Bar bar_of(const Asker& by, RoomId room, const Message& message) const;
  /// In words for the author of a draft that is barred.
  Refusal refusal_of(const Draft& draft) const;
  Present present_in(const Asker& by, RoomId room) const;
  bool take_nick(SessionId id, Session& guest, const Nick& nick);
  /// The session goes. It is told why, where there is a reason to tell. Requires that it is online.
  void depart(SessionId id, std::optional<Farewell::Why> why, Instant now, Effects& effects);
  std::size_t others_in(RoomId room) const { return rooms_.at(room).present().size() - 1; }

  void forget_guest(SessionId id, const Session& guest, const RoomName& room, Instant now);

  // Of members; in hub_members.cc.

  /// Who waits for a record to be kept, and for what.
  struct Waiting {
    SessionId session;
    Record record;
    std::variant<Login, Enter, TakeNick> what;
    Tag tag;
  };
  /// Has the record kept, and the asker wait for it.
  void wait_for(Waiting waiting, Effects& effects);
  std::vector<Waiting> take_waiting(const Record& record);
  void come_online(const Login& login, const Nick& nick, Effects& effects);
  std::vector<std::string> direct_rooms_of(const MemberKey& member) const;
  void make_place(const MemberKey& member, Effects& effects);
  void go_on(const Waiting& waiting, Instant now, Effects& effects);
  /// Lets it in where it may be: nothing more is to be waited for.
  void let_in(const Asker& by, const RoomName& name, const Enter& enter, Effects& effects);
  /// The log of the room that is meant; nothing where there is no such member.
  std::optional<RoomName> find_name(const Session& by, const RoomRef& room) const;
  /// The room that is meant, where the asker is in it; else it is refused.
  std::optional<RoomId> find_room(const Asker& by, const RoomRef& room, Effects& effects,
                                  const std::optional<MessageId>& id = {});
  bool may_enter(const Asker& by, const RoomName& name, const Enter& enter, Effects& effects);
  /// How the room is written to this member.
  std::string name_for(const MemberKey& member, const RoomName& name) const;
  void tell_entered(SessionId id, const Session& session, RoomId room, Tag tag, Effects& effects);
  void take_member_nick(const Asker& by, const TakeNick& take, Effects& effects);
  void forget_member(SessionId id, const MemberKey& member);
  bool is_muted(const Session& session, Instant now) const;
  void show_direct_room(const DirectOpened& opened, Effects& effects);
  void put_in(SessionId id, const RoomName& name, Effects& effects);

  Promise promise_of(RoomId room) const { return keeping_.of(rooms_.at(room).name()); }

  Limits limits_;
  Keeping keeping_;
  Access access_;
  Registry registry_;
  std::unordered_map<SessionId, Session> sessions_;
  std::size_t guests_ = 0;                               // of the sessions
  std::map<MemberKey, std::vector<SessionId>> members_;  // who are online, in order of coming
  std::map<MemberKey, Instant> muted_;  // until when; what is over goes with the next of them
  std::vector<Waiting> waiting_;
  std::unordered_map<RoomId, Room> rooms_;
  std::unordered_map<std::string, RoomId> rooms_by_name_;
  std::unordered_map<std::string, SessionId> nicks_;  // of guests, by `Nick::key`
  IdleWatch idle_;                                    // of guests
  AbsentGuests absent_;
  RoomId last_room_;
};

}  // namespace palabre::chat
