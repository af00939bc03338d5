#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "chat/absent_guests.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/idle_watch.h"
#include "chat/ids.h"
#include "chat/keeping.h"
#include "chat/limits.h"
#include "chat/names.h"
#include "chat/room.h"

namespace palabre::chat {

/// Decides. The one place that knows who is online, where, and under which name.
///
/// A pure state machine: no I/O, no clock, no randomness, no lock. The same commands at the same
/// moments give the same effects. It never waits and never fails: what cannot be had is refused in
/// an event. One thread at a time.
class Hub {
 public:
  explicit Hub(const Limits& limits, Keeping keeping = {});

  /// What follows from `command`, to be carried out in order. `now` never goes backwards.
  Effects handle(const Command& command, Instant now);

  /// When the next `Tick` is due; nothing while nobody is online.
  std::optional<Instant> next_deadline() const { return idle_.next_due(); }

  /// Who is online, as an operator sees it.
  struct Listed {
    SessionId session;
    std::string address;
    std::string shown;
    RoomName room;
    Duration silent;
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

  std::size_t online() const { return guests_.size(); }
  std::size_t rooms() const { return rooms_.size(); }

 private:
  struct Guest {
    std::string address;
    std::optional<Nick> nick;
    RoomId room;
    bool wants_acks = false;

    /// As others see it. The star says: a guest, unproven.
    std::string shown() const { return nick ? nick->shown + "*" : address; }
  };

  void on(const Arrive& arrive, Instant now, Effects& effects);
  void on(const FromSession& command, Instant now, Effects& effects);
  void on(const Heard& heard, Instant now, Effects& effects);
  void on(const Kept& kept, Instant now, Effects& effects);
  void on(const NotKept& not_kept, Instant now, Effects& effects);
  void on(const Evict& evict, Instant now, Effects& effects);
  void on(const Kick& kick, Instant now, Effects& effects);
  void on(const Freeze& freeze, Instant now, Effects& effects);
  void on(const Tick& tick, Instant now, Effects& effects);
  void on(const Close& close, Instant now, Effects& effects);

  /// Whose request is being decided, and when.
  struct Asker {
    SessionId session;
    Guest& guest;
    Instant now;
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

  /// The room of this name, opened if need be.
  RoomId open(const RoomName& name, Effects& effects);
  void enter(SessionId session, Guest& guest, RoomId room, Effects& effects);
  void leave(SessionId session, const Guest& guest, Effects& effects);
  bool take_nick(SessionId session, Guest& guest, const Nick& nick);
  /// The guest goes. It is told why, where there is a reason to tell. Requires that it is online.
  void depart(SessionId session, std::optional<Farewell::Why> why, Instant now, Effects& effects);
  std::size_t others_in(RoomId room) const { return rooms_.at(room).present().size() - 1; }

  Promise promise_of(RoomId room) const { return keeping_.of(rooms_.at(room).name()); }

  Limits limits_;
  Keeping keeping_;
  std::unordered_map<SessionId, Guest> guests_;
  std::unordered_map<RoomId, Room> rooms_;
  std::unordered_map<std::string, RoomId> rooms_by_name_;
  std::unordered_map<std::string, SessionId> nicks_;  // by `Nick::key`
  IdleWatch idle_;
  AbsentGuests absent_;
  RoomId last_room_;
};

}  // namespace palabre::chat
