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
#include "chat/budgets.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/fill.h"
#include "chat/idle_watch.h"
#include "chat/ids.h"
#include "chat/keeping.h"
#include "chat/limits.h"
#include "chat/member.h"
#include "chat/names.h"
#include "chat/rate_by_owner.h"
#include "chat/registry.h"
#include "chat/room.h"
#include "chat/room_looks.h"
#include "chat/room_places.h"
#include "chat/session.h"

namespace palabre::chat {

/// Decides. The only place that knows who is online, in which rooms, and under which name.
///
/// A pure state machine: no I/O, no clock, no randomness, no lock. The same commands at the same
/// times give the same effects. It never waits and never fails: a request that cannot be granted is
/// refused in an event. One thread at a time.
///
/// Source files: hub.cc (commands), hub_sessions.cc (arrival and departure), hub_rooms.cc (rooms),
/// hub_posting.cc (messages), hub_people.cc (nicknames and registry records), hub_directs.cc (rooms
/// for two), hub_operators.cc (operators' requests), hub_orders.cc, hub_decisions.cc,
/// hub_take_back.cc and hub_sweep.cc (orders and decisions).
class Hub {
 public:
  explicit Hub(const Limits& limits, Keeping keeping = {}, Access access = {});

  /// Returns the effects of `command`, to be carried out in order. `now` never goes backwards.
  Effects handle(const Command& command, Instant now);

  /// When the next `Tick` is due; nothing if no session online has an idle timeout.
  std::optional<Instant> next_deadline() const;

  /// The sessions online, for an operator.
  std::vector<Online::Session> list(Instant now) const;
  std::vector<Rooms::Room> list_rooms() const;

  std::size_t online() const { return sessions_.size(); }
  std::size_t rooms() const { return rooms_.size(); }
  /// How full the tables are that all share.
  std::vector<Fill> fills() const;
  const Registry& registry() const { return registry_; }

 private:
  void on(const Arrive& arrive, Instant now, Effects& effects);
  void on(const Ask& ask, Instant now, Effects& effects);
  void on(const HungUp& hung_up, Instant now, Effects& effects);
  void on(const Moved& moved, Instant now, Effects& effects);
  void on(const Advanced& advanced, Instant now, Effects& effects);
  void on(const Repeated& repeated, Instant now, Effects& effects);
  void on(const NotKept& not_kept, Instant now, Effects& effects);
  void on(const Removed& removed, Instant now, Effects& effects);
  void on(const RecordKept& kept, Instant now, Effects& effects);
  void on(const RecordNotKept& not_kept, Instant now, Effects& effects);
  void on(const RegistryRead& read, Instant now, Effects& effects);
  void on(const FromOperator& command, Instant now, Effects& effects);
  void on(const WallClock& clock, Instant now, Effects& effects);
  void on(const Tick& tick, Instant now, Effects& effects);
  void on(const Close& close, Instant now, Effects& effects);

  /// The context of one request.
  struct Asker {
    SessionId id;
    Session& session;
    Instant now;
    Tag tag;
    bool& is_refused;  ///< set by `refuse`: the rest of the datagram is skipped
  };
  void carry_out(SessionId session, const std::vector<Request>& requests, Tag tag, Instant now,
                 Effects& effects);
  void ask(const Asker& by, const Post& post, Effects& effects);
  void ask(const Asker& by, const SetAcks& set, Effects& effects);
  void ask(const Asker& by, const ReadPast& read, Effects& effects);
  void ask(const Asker& by, const Join& join, Effects& effects);
  void ask(const Asker& by, const Leave& leave, Effects& effects);
  void ask(const Asker& by, const SetTopic& set, Effects& effects);
  void ask(const Asker& by, const TakeNick& take, Effects& effects);
  void ask(const Asker& by, const Who& who, Effects& effects);
  void ask(const Asker& by, const SetAway& set, Effects& effects);
  void ask(const Asker& by, const Contact& contact, Effects& effects);
  void ask(const Asker& by, const Order& order, Effects& effects);
  void ask(const Asker& by, const Help& help, Effects& effects);
  void ask(const Asker& by, const Quit& quit, Effects& effects);
  void ask(const Asker& by, const NotUnderstood& mistake, Effects& effects);

  /// The context of an operator's request: from the machine, or from a session.
  struct Operator {
    SessionId by;
    Tag tag;
    Instant now;
    bool is_session = false;
  };
  void operate(const Operator& by, const ListOnline& list, Effects& effects);
  void operate(const Operator& by, const ListRooms& list, Effects& effects);
  void operate(const Operator& by, const Order& order, Effects& effects);
  void operate(const Operator& by, const MakeInvite& make, Effects& effects);
  void operate(const Operator& by, const RevokeInvite& revoke, Effects& effects);
  void operate(const Operator& by, const ListMembers& list, Effects& effects);
  void operate(const Operator& by, const DescribeRooms& describe, Effects& effects);
  template <typename Answer>
  static void answer(const Operator& by, Answer answer, Effects& effects) {
    if constexpr (requires { Event(answer); }) {
      if (by.is_session) {
        effects.push_back(Tell{by.by, std::move(answer), by.tag});
        return;
      }
    }
    effects.push_back(TellOperator{by.by, by.tag, std::move(answer)});
  }

  // Orders and decisions.

  /// An order whose sender, room and target are known.
  struct Ruling {
    Operator by;
    const OrderRow* row;
    Order order;
    Rank rank;
    std::optional<MemberKey> key;  ///< of the one who gives it
    std::optional<RoomName> room;  ///< where it holds; nothing: everywhere
    std::optional<Whom> whom = {};
    std::string shown = {};  ///< `whom`, to the one who gives it
    std::size_t taken_back = 0;
  };
  /// A session that a decision has ended or put out, as shown without and with its address.
  struct Hit {
    std::string shown;
    std::string at;
  };
  /// The state that `UndoBy`, `Forget` and `ForgetRoom` take away, as it was before.
  struct Swept {
    Registry::Sweep sweep = {};
    std::vector<Decision> decisions = {};
    struct PairRoom {
      RoomId room;
      SessionId session;
      std::string shown;
    };
    std::vector<PairRoom> for_two = {};  ///< rooms for two with a member that is forgotten
  };
  struct Waiting;
  /// The outcome of a record that is kept.
  struct Outcome {
    Number number;
    std::vector<Hit> hit = {};
    std::optional<Decision> over = {};  ///< the decision that the record took back
    Swept swept = {};
    bool removes_on = false;
  };
  /// Finds out who gives the order, where, and about whom. Nothing: it was refused.
  std::optional<Ruling> understand(const Operator& by, const Order& order, Effects& effects);
  std::optional<Whom> find(const Ruling& ruling, Effects& effects);
  /// The member of this nickname, a guest online who has it, or nothing.
  std::optional<Whom> holder_of(const Nick& nick) const;
  /// Whether a session of this person is there, shown by its address or nickname.
  bool is_seen(const Whom& whom) const;
  /// Whether the room is by invitation, and the member has none.
  bool is_shut_out(const std::optional<MemberKey>& key, const RoomName& room) const;
  bool is_founder_of(const MemberKey& key, const RoomName& room) const;
  /// Whether the rank suffices to end this decision: it is not of a higher one, nor about oneself.
  bool may_take_back(const Ruling& ruling, const Decision& decision) const;
  /// Whether a decision with the act takes the place of one that the rank may not take back.
  bool is_overruled(const Ruling& ruling, const Act& act) const;
  /// The decisions that an order takes back: the one with a number, those about somebody, the one
  /// on a fact. Nothing: the order is answered already, or waits for its record.
  std::optional<std::vector<Number>> numbered(const Ruling& ruling, Effects& effects);
  std::optional<std::vector<Number>> about_somebody(const Ruling& ruling, Effects& effects);
  std::optional<std::vector<Number>> on_a_fact(const Ruling& ruling, Effects& effects);
  Rank rank_of(const std::optional<MemberKey>& key, const std::optional<RoomName>& room) const;
  bool outranks(const Ruling& ruling, const Whom& whom) const;
  void decide(const Ruling& ruling, Effects& effects);
  void take_back(const Ruling& ruling, Effects& effects);
  void list(const Ruling& ruling, Effects& effects);
  bool may_see(const Ruling& ruling, const Decision& decision) const;
  Act act_of(const Ruling& ruling) const;
  Act undo_by(const Ruling& ruling) const;
  void keep_decision(const Ruling& ruling, Decision decision, Effects& effects);
  Ruled answer_to(const Ruling& ruling, const Decision& decision) const;
  static TakenBack taken_back(const Waiting& waiting, const Outcome& outcome);
  /// As shown to the one who asks: operators of the server see addresses.
  std::string shown(const Whom& whom, bool with_address) const;
  static std::string shown_guest(const GuestAt& guest, const Session* session, bool with_address);
  /// Carries out what a decision demands of the sessions online, and returns those that it hit.
  std::vector<Hit> enforce(const Decision& decision, Instant now, Effects& effects);
  void end(const Decision& decision, Effects& effects);
  /// Before the act is applied.
  Swept look_at(const Act& act) const;
  /// After it.
  std::vector<Hit> sweep(const Swept& swept, const Decision& decision, Instant now,
                         Effects& effects);
  RoomsDescribed::Room described(const RoomName& name) const;
  void set_pace(const Whom& bot, bool is_bot, Effects& effects) const;
  void put_out_of(RoomId room, SessionId id, const PutOut& why, Effects& effects);
  /// Ends the session, or puts it out of the room. False: it is not there.
  bool put_out(SessionId id, const Decision& decision, Instant now, Effects& effects);
  std::vector<SessionId> sessions_of(const Whom& whom) const;
  Banned banned_by(const Decision& decision, std::string room, Instant now) const;
  void expire_decisions(Instant now, Effects& effects);
  void found(const Advanced& advanced, Effects& effects);
  WallTime wall(Instant now) const;
  std::optional<std::chrono::seconds> time_left(Expiry until, Instant now) const;
  /// Has the record kept, and answers once it is.
  void keep_for(const Operator& by, const Record& record, Effects& effects);

  static void answer(const Asker& by, Event event, Effects& effects);
  static void refuse(const Asker& by, Refusal refusal, Effects& effects);

  // Arrival and departure.

  void arrive_as_guest(const Arrive& arrive, Instant now, Effects& effects);
  void arrive_as_member(const Arrive& arrive, Instant now, Effects& effects);
  /// Whether the key may become a member, without an invite.
  bool may_register(const MemberKey& key) const;
  /// Whether its invite lets the key become a member.
  bool brings_invite(const Arrive& arrive, Instant now) const;
  bool is_full_of_members() const { return sessions_.size() - guests_ >= limits_.members; }
  ServerFull no_place_for_members() const { return {limits_.members, true}; }
  void come_online(const Arrive& arrive, const Nick& nick, Instant now, Effects& effects);
  Session& add_session(const Arrive& arrive, Instant now);
  /// Puts a session without `Caps::many_rooms` into the lobby, or into the room it left.
  void find_place(SessionId id, Session& session, Instant now, Effects& effects);
  void make_place(const MemberKey& member, Instant now, Effects& effects);
  /// Ends the session. It is told `why`, if set. Requires that it is online.
  void depart(SessionId id, const std::optional<Farewell>& why, Instant now, Effects& effects,
              Tag tag = {});
  void remember(const Session& session, const RoomName& room, Instant now);
  void forget_nick(SessionId id, const Session& session);
  void forget_member(SessionId id, const MemberKey& member);

  // Rooms.

  /// Returns the room of this name; opens it if necessary. A member who opens a new room is its
  /// operator. Null: the server opens it.
  RoomId open(const RoomName& name, Effects& effects, const Session* by = nullptr);
  /// Whether the room may be open beyond the limit of open rooms.
  bool has_own_place(const RoomName& name) const;
  bool has_room_for(const RoomName& name) const;
  /// Whether the room is open, or the session may open it now; otherwise refuses. `closes`: the
  /// rooms that close then.
  bool may_open_now(const Asker& by, const RoomName& name, std::size_t closes, Effects& effects);
  /// Pays for a room that is not open. False: the session cannot, and is refused.
  bool pay_for_opening(const Asker& by, const RoomName& name, Effects& effects);
  /// Whether the room is open, or the member may open one more.
  bool may_open(const RoomName& name, const MemberKey& member) const;
  void enter(SessionId id, Session& session, RoomId room, const Start& start, Effects& effects);
  void leave(SessionId id, RoomId room, Effects& effects);
  /// The room of a request: the session's only room, or the named one of its rooms. Otherwise
  /// refuses.
  std::optional<RoomId> room_of(const Asker& by, const std::optional<RoomRef>& room,
                                Effects& effects, const std::optional<MessageId>& id = {});
  /// The name of the room; nothing if there is no such member.
  std::optional<RoomName> find_name(const Session& by, const RoomRef& room) const;
  bool may_enter(const Asker& by, const RoomName& name, const Join& join, Effects& effects);
  /// Whether the session may enter now that the record it waited for is kept: another request may
  /// have got the place.
  bool is_let_in(const Session& session, const RoomName& name) const;
  /// Enters the room; no further record is needed.
  void let_in(const Asker& by, const RoomName& name, const Join& join, Effects& effects);
  void move(const Asker& by, const RoomName& name, const Join& join, Effects& effects);
  void add_room(const Asker& by, const RoomName& name, const Join& join, Effects& effects);
  Joined joined_to(const Session& session, RoomId room) const;
  Present present_in(const Asker& by, RoomId room) const;
  std::size_t others_in(RoomId room) const { return rooms_.at(room).present().size() - 1; }
  /// The room's name as written to this session.
  std::string name_for(const Session& session, const RoomName& name) const;
  /// Has the fact kept; the answer, `RoomChanged`, comes when it is.
  void set_fact(const Asker& by, RoomId room, Fact fact, Effects& effects);
  RoomChanged changed_by(const Session& session, const RoomFact& fact) const;
  /// Tells the sessions in the room, except those that wait for the fact.
  void show_fact(const RoomFact& fact, Effects& effects);
  /// Tells the sessions that came before the registry was read.
  void show_facts(Effects& effects);
  Promise promise_of(RoomId room) const { return keeping_.of(rooms_.at(room).name()); }

  // Messages.

  void post(const Asker& by, RoomId room, const Post& post, Effects& effects);
  /// Pays for the first message of a room, once. How long to wait, if its author cannot.
  std::optional<Duration> pay_for_room(const Asker& by, RoomId room);
  Draft::Bar bar_of(const Asker& by, RoomId room, const Message& message);
  /// The refusal for the author of a barred draft.
  Refusal refusal_of(const Draft& draft, Instant now) const;
  bool is_muted(const Session& session, const std::optional<RoomName>& room) const;
  /// Whether the author may say something in a slow room now; then its turn is taken.
  bool takes_turn(const Asker& by, Room& room, const Slow& slow) const;

  // Nicknames and registry records.

  /// A request that waits for a record to be kept.
  struct Waiting {
    SessionId session;
    Record record;
    std::variant<Arrive, Join, RoomFact, TakeNick, Contact, Operator, Ruling> what;
    Tag tag;
    bool has_removed = false;  ///< the message that its `Delete` is about
    // Removed since for its `UndoBy` or `ForgetRoom`.
    std::size_t messages = 0;
    std::size_t rooms = 0;
    std::optional<RoomName> last_room = {};  ///< of `rooms`
  };
  /// Queues the request until its record is kept. Appends the record, unless it is in flight
  /// already.
  void wait_for(Waiting waiting, Effects& effects);
  static void refuse(const Waiting& waiting, Refusal refusal, Effects& effects);
  /// The public address whose request it is.
  std::optional<Network> origin_of(const Waiting& waiting) const;
  /// Charges for a record from before the start, which is not applied yet.
  void charge(const RecordKept& kept, Instant now);
  bool is_being_kept(const Record& record) const;
  std::vector<Waiting> take_waiting(const Record& record);
  /// For the server's log: emits `Noted` if an applied record is news about a member. `was_member`:
  /// whether it was one before.
  void note(const Record& record, bool was_member, Effects& effects) const;
  void note_decision(const Record& record, const Outcome& outcome, Effects& effects) const;
  /// Whether the order waits for the removal of many messages; then these are counted for it.
  /// Forgets new members who have said nothing in their time, and are not online.
  void end_trials(Instant now, Effects& effects);
  /// The member has spoken.
  void keep_member(const MemberKey& key, Effects& effects);
  static bool count_removed(Waiting& waiting, const Decision& decision, const Removed& removed);
  void go_on(const Waiting& waiting, const Outcome& outcome, Instant now, Effects& effects);
  void go_on(const Ruling& ruling, const Waiting& waiting, const Outcome& outcome,
             Effects& effects);
  void go_on(const Asker& by, const Join& join, Effects& effects);
  bool take_nick(SessionId id, Session& guest, const Nick& nick);
  bool is_reserved(const MemberKey& by, const Nick& nick) const;
  bool is_reserved(const Nick& nick) const;
  void take_member_nick(const Asker& by, const TakeNick& take, Effects& effects);
  /// Takes the nickname from a guest: a member owns it now.
  void take_from_guest(const Nick& nick, Effects& effects);
  /// Updates all sessions of the member to its nickname in the registry.
  void show_by_nick(const MemberKey& key);

  // Rooms for two.

  /// As shown: the first ones, so that they fit a frame.
  static constexpr std::size_t kMostDirects = 256;
  static constexpr std::size_t kMostRequests = 100;
  std::vector<std::string> shown_first(const std::vector<MemberKey>& members,
                                       std::size_t most) const;
  void show_direct_room(const DirectOpened& opened, Effects& effects);
  /// Pays for the proposed request. False: the session cannot; the proposal is withdrawn, and the
  /// session refused.
  bool pay_for_asking(const Asker& by, const DirectOpened& opened, Effects& effects);
  void show_block(const Blocked& blocked, Effects& effects);
  void put_in(SessionId id, const RoomName& name, Effects& effects);
  void take_out(SessionId id, RoomId room, Effects& effects);
  Contacts done(const Contact& contact) const;
  Registry::Direct direct_for(const Session& session, const RoomName& room) const;
  /// Something was said in a room for two.
  void note_spoken(const Advanced& advanced, Effects& effects);

  Limits limits_;
  Keeping keeping_;
  Access access_;
  RoomLooks looks_;
  RoomPlaces places_;
  Registry registry_;
  bool is_registry_read_ = false;
  std::vector<Arrive> early_;  // members who arrived before that; bounded by `Limits::members`
  std::unordered_map<SessionId, Session> sessions_;
  std::size_t guests_ = 0;  // in `sessions_`
  // Members online; their sessions in order of arrival.
  std::map<MemberKey, std::vector<SessionId>> members_;
  std::vector<Waiting> waiting_;
  std::unordered_map<RoomId, Room> rooms_;
  std::unordered_map<std::string, RoomId> rooms_by_name_;
  std::unordered_map<std::string, SessionId> nicks_;  // guests' nicknames, by `Nick::key`
  IdleWatch idle_;
  AbsentGuests absent_;
  RateByOwner topics_;
  Budgets budgets_;
  RateByOwner orders_;
  RateByOwner blocks_;
  RoomId last_room_;
  // The wall clock at an instant.
  WallTime wall_at_{};
  Instant wall_since_{};
};

}  // namespace palabre::chat
