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
#include "chat/idle_watch.h"
#include "chat/ids.h"
#include "chat/keeping.h"
#include "chat/limits.h"
#include "chat/member.h"
#include "chat/names.h"
#include "chat/order_hold.h"
#include "chat/registry.h"
#include "chat/room.h"
#include "chat/room_looks.h"

namespace palabre::chat {

/// Decides. The one place that knows who is online, where, and under which name.
///
/// A pure state machine: no I/O, no clock, no randomness, no lock. The same commands at the same
/// moments give the same effects. It never waits and never fails: what cannot be had is refused in
/// an event. One thread at a time.
///
/// By matter: hub.cc (commands), hub_sessions.cc (who comes and goes), hub_rooms.cc (who is where),
/// hub_posting.cc (what is said), hub_people.cc (nicknames, and what the registry keeps),
/// hub_operators.cc.
class Hub {
 public:
  explicit Hub(const Limits& limits, Keeping keeping = {}, Access access = {});

  /// What follows from `command`, to be carried out in order. `now` never goes backwards.
  Effects handle(const Command& command, Instant now);

  /// When the next `Tick` is due; nothing while nobody is online whose silence means something.
  std::optional<Instant> next_deadline() const { return idle_.next_due(); }

  /// Who is online, as an operator sees it.
  std::vector<Online::Session> list(Instant now) const;
  std::vector<Rooms::Room> list_rooms() const;

  std::size_t online() const { return sessions_.size(); }
  std::size_t rooms() const { return rooms_.size(); }
  const Registry& registry() const { return registry_; }

 private:
  /// Somebody who is online: a guest, or a member from one of its devices.
  struct Session {
    Identity identity;
    Caps caps;
    std::optional<Nick> nick;    ///< a member has one
    std::vector<RoomId> rooms;   ///< where it is: in one at least, where it cannot be in many
    std::vector<RoomId> put_in;  ///< of those, where it did not ask to be
    bool wants_acks = false;
    std::string away;
    OrderHold order_hold;     ///< where posts are in order
    std::uint32_t epoch = 0;  ///< see `Draft`; 0 where posts are in no order
    std::uint64_t posts = 0;
    Instant asked_at{};  ///< the last time

    const std::optional<MemberKey>& key() const { return identity.key; }
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
  void on(const Ask& ask, Instant now, Effects& effects);
  void on(const HungUp& hung_up, Instant now, Effects& effects);
  void on(const Moved& moved, Instant now, Effects& effects);
  void on(const Advanced& advanced, Instant now, Effects& effects);
  void on(const Repeated& repeated, Instant now, Effects& effects);
  void on(const NotKept& not_kept, Instant now, Effects& effects);
  void on(const RecordKept& kept, Instant now, Effects& effects);
  void on(const RecordNotKept& not_kept, Instant now, Effects& effects);
  void on(const RegistryRead& read, Instant now, Effects& effects);
  void on(const FromOperator& command, Instant now, Effects& effects);
  void on(const Tick& tick, Instant now, Effects& effects);
  void on(const Close& close, Instant now, Effects& effects);

  /// Whose request is being decided, and when.
  struct Asker {
    SessionId id;
    Session& session;
    Instant now;
    Tag tag;
    bool& is_refused;  ///< set by `refuse`: what follows in the same datagram is left out
  };
  void carry_out(SessionId session, const std::vector<Request>& requests, Tag tag, Instant now,
                 Effects& effects);
  void ask(const Asker& by, const Post& post, Effects& effects);
  void ask(const Asker& by, const SetAcks& set, Effects& effects);
  void ask(const Asker& by, const ReadPast& read, Effects& effects);
  void ask(const Asker& by, const Join& join, Effects& effects);
  void ask(const Asker& by, const Leave& leave, Effects& effects);
  void ask(const Asker& by, const TakeNick& take, Effects& effects);
  void ask(const Asker& by, const Who& who, Effects& effects);
  void ask(const Asker& by, const SetAway& set, Effects& effects);
  void ask(const Asker& by, const Help& help, Effects& effects);
  void ask(const Asker& by, const Quit& quit, Effects& effects);
  void ask(const Asker& by, const NotUnderstood& mistake, Effects& effects);

  /// An operator's question, and where its answer goes.
  struct Operator {
    SessionId by;
    Tag tag;
    Instant now;
  };
  void operate(const Operator& by, const ListOnline& list, Effects& effects);
  void operate(const Operator& by, const ListRooms& list, Effects& effects);
  void operate(const Operator& by, const Kick& kick, Effects& effects);
  void operate(const Operator& by, const Mute& mute, Effects& effects);
  void operate(const Operator& by, const Freeze& freeze, Effects& effects);
  void operate(const Operator& by, const MakeInvite& make, Effects& effects);
  void operate(const Operator& by, const RevokeInvite& revoke, Effects& effects);
  static void answer(const Operator& by, OperatorAnswer answer, Effects& effects);
  /// Has the record kept; the answer comes when it is.
  void keep_for(const Operator& by, const Record& record, Effects& effects);

  static void answer(const Asker& by, Event event, Effects& effects);
  static void refuse(const Asker& by, Refusal refusal, Effects& effects);

  // Who comes and goes.

  void arrive_as_guest(const Arrive& arrive, Instant now, Effects& effects);
  void arrive_as_member(const Arrive& arrive, Instant now, Effects& effects);
  bool is_full_of_members() const { return sessions_.size() - guests_ >= limits_.members; }
  ServerFull no_place_for_members() const { return {limits_.members, true}; }
  void come_online(const Arrive& arrive, const Nick& nick, Instant now, Effects& effects);
  Session& add_session(const Arrive& arrive, Instant now);
  /// Who cannot be in many rooms is in the lobby, or where it was when it went.
  void find_place(SessionId id, Session& session, Instant now, Effects& effects);
  void make_place(const MemberKey& member, Instant now, Effects& effects);
  /// The session goes. It is told why, where there is a reason to tell. Requires that it is online.
  void depart(SessionId id, std::optional<Farewell::Why> why, Instant now, Effects& effects,
              Tag tag = {});
  void remember(const Session& session, const RoomName& room, Instant now);
  void forget_nick(SessionId id, const Session& session);
  void forget_member(SessionId id, const MemberKey& member);

  // Who is where.

  /// The room of this name, opened if need be.
  RoomId open(const RoomName& name, Effects& effects);
  bool has_room_for(const RoomName& name, std::size_t closes) const;
  /// Whether it is open, or the member may open one more.
  bool may_open(const RoomName& name, const MemberKey& member) const;
  void enter(SessionId id, Session& session, RoomId room, const Start& start, Effects& effects);
  void leave(SessionId id, RoomId room, Effects& effects);
  /// Where it is, or which of its rooms is meant; else it is refused.
  std::optional<RoomId> room_of(const Asker& by, const std::optional<RoomRef>& room,
                                Effects& effects, const std::optional<MessageId>& id = {});
  /// The log of the room that is meant; nothing where there is no such member.
  std::optional<RoomName> find_name(const Session& by, const RoomRef& room) const;
  bool may_enter(const Asker& by, const RoomName& name, const Join& join, Effects& effects);
  /// Whether the record that it waited for lets it in: it may have been another's turn.
  bool is_let_in(const Session& session, const RoomName& name) const;
  /// Lets it in where it may be: nothing more is to be waited for.
  void let_in(const Asker& by, const RoomName& name, const Join& join, Effects& effects);
  void move(const Asker& by, const RoomName& name, const Join& join, Effects& effects);
  void add_room(const Asker& by, const RoomName& name, const Join& join, Effects& effects);
  Joined joined_to(const Session& session, RoomId room) const;
  Present present_in(const Asker& by, RoomId room) const;
  std::size_t others_in(RoomId room) const { return rooms_.at(room).present().size() - 1; }
  /// How the room is written to this session.
  std::string name_for(const Session& session, const RoomName& name) const;
  Promise promise_of(RoomId room) const { return keeping_.of(rooms_.at(room).name()); }

  // What is said.

  void post(const Asker& by, RoomId room, const Post& post, Effects& effects);
  Draft::Bar bar_of(const Asker& by, RoomId room, const Message& message) const;
  /// In words for the author of a draft that is barred.
  Refusal refusal_of(const Draft& draft) const;
  bool is_muted(const Session& session, Instant now) const;

  // People, and what the registry keeps of them.

  /// Who waits for a record to be kept, and for what.
  struct Waiting {
    SessionId session;
    Record record;
    std::variant<Arrive, Join, TakeNick, Operator> what;
    Tag tag;
  };
  /// Has the record kept, unless it is on its way already, and the asker wait for it.
  void wait_for(Waiting waiting, Effects& effects);
  bool is_being_kept(const Record& record) const;
  std::vector<Waiting> take_waiting(const Record& record);
  /// For the log: what a record that counts from now on says of a member, if anything.
  /// `was_member`: before it.
  void note(const Record& record, bool was_member, Effects& effects) const;
  void go_on(const Waiting& waiting, Instant now, Effects& effects);
  void go_on(const Asker& by, const Join& join, Effects& effects);
  bool take_nick(SessionId id, Session& guest, const Nick& nick);
  bool is_reserved(const MemberKey& by, const Nick& nick) const;
  bool is_reserved(const Nick& nick) const { return access_.reserved_nicks.contains(nick.key); }
  void take_member_nick(const Asker& by, const TakeNick& take, Effects& effects);
  /// A nickname that was a guest's is a member's now.
  void take_from_guest(const Nick& nick, Effects& effects);
  /// All sessions of the member go by the nickname that the registry has for it now.
  void show_by_nick(const MemberKey& key);
  std::vector<std::string> direct_rooms_of(const MemberKey& member) const;
  void show_direct_room(const DirectOpened& opened, Effects& effects);
  void put_in(SessionId id, const RoomName& name, Effects& effects);

  Limits limits_;
  Keeping keeping_;
  Access access_;
  RoomLooks looks_;
  Registry registry_;
  bool is_registry_read_ = false;
  std::vector<Arrive> early_;  // with a key, before it was; as many as members at most
  std::unordered_map<SessionId, Session> sessions_;
  std::size_t guests_ = 0;                               // of the sessions
  std::map<MemberKey, std::vector<SessionId>> members_;  // who are online, in order of coming
  std::map<MemberKey, Instant> muted_;  // until when; what is over goes with the next of them
  std::vector<Waiting> waiting_;
  std::unordered_map<RoomId, Room> rooms_;
  std::unordered_map<std::string, RoomId> rooms_by_name_;
  std::unordered_map<std::string, SessionId> nicks_;  // of guests, by `Nick::key`
  IdleWatch idle_;
  AbsentGuests absent_;
  RoomId last_room_;
};

}  // namespace palabre::chat
