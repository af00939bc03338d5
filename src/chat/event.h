#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/keeping.h"
#include "chat/names.h"
#include "chat/order.h"
#include "chat/record.h"

namespace palabre::chat {

// Events for one session: answers and notices. Messages are not events: readers follow a room's log
// with a cursor.

/// The session is online and in `room`.
struct Welcome {
  RoomName room;
  std::size_t others = 0;                ///< other sessions in the room
  bool back = false;                     ///< it returned after an absence, to the room it was in
  std::optional<std::string> nick;       ///< its former nickname as shown, if it got it back
  std::optional<std::string> lost_nick;  ///< its former nickname, if somebody else has it now
  Promise promise = {};
  RoomFacts facts = {};
};
/// The session is in this room: by its request, or because another member opened a room for two
/// with it.
struct Joined {
  RoomId room;
  std::string name;  ///< as this session writes it
  std::size_t others = 0;
  Promise promise = {};
  bool by_invitation = false;
  RoomFacts facts = {};
  bool is_request = false;  ///< the other member of the room for two has not accepted it yet
};
/// A fact about the room has changed. Also the answer to a request for a fact that holds already.
struct RoomChanged {
  RoomId room;       ///< 0: the room is closed
  std::string name;  ///< as this session writes it
  Fact fact;
  RoomFacts facts;  ///< all of them, `fact` included
};
/// The session is online, and in no room yet.
struct LoggedIn {
  std::string nick;
  std::vector<std::string> direct_with;  ///< the other members of its rooms for two, as shown
  std::size_t line_bytes = 0;            ///< see `Limits`
  /// Members who ask to write to it, as shown: the latest first, a long list is cut.
  std::vector<std::string> requests = {};
  std::size_t all_requests = 0;
};
/// A member with whom this one has no room for two has written: the first message of its request.
struct AskedToWrite {
  std::string nick;
  AuthorId id;
  std::string text;
};
/// The answer to `Contact`.
struct Contacts {
  Contact::What what;
  std::string with = {};  ///< as shown; not of a list
  std::vector<std::string> names =
      {};               ///< of a list, as shown: the latest first; a long one is cut
  std::size_t all = 0;  ///< of a list
};
/// The session has left the room: at its own request, or an operator has put it out.
struct HasLeft {
  RoomId room;
  std::optional<PutOut> why = {};
};
/// The answer to /away: the note is set, for all sessions of the member.
struct AwaySet {
  std::string note;  ///< empty: no longer away
};
/// The session has the nickname that it asked for.
struct NickTaken {
  std::string shown;
};
/// The answer to /who.
struct Present {
  RoomName room;
  std::size_t here = 0;
  struct Person {
    std::string name;  ///< as shown
    bool is_guest = true;
    std::string away = {};  ///< its note; empty: not away
    AuthorId id = {};       ///< of a member
  };
  std::vector<Person> people;  ///< in order of arrival; a long list is cut
  std::string you;             ///< the asking session, as shown
  RoomFacts facts = {};
};
/// The answer to /help.
struct HelpText {};
/// The idle timeout will end the session.
struct IdleWarning {
  Duration left;
};
struct Farewell {
  enum class Why { kQuit, kIdle, kKicked, kBanned, kClosing, kReplaced, kForgotten };
  Why why = Why::kQuit;
  std::string reason = {};  ///< an operator's; may be empty
};
struct Refused {
  Refusal refusal;
};
/// The session's message is in the log.
struct Acknowledged {
  Number number;
  std::optional<MessageId> id = {};  ///< the author's id for it
  RoomId room = {};
  WallTime kept_at = {};
  bool kept = false;      ///< on the disk, synced; false: numbered, in a memory room
  bool repeated = false;  ///< kept by an earlier post; the number may be another room's
};
struct AcksSet {
  bool on = true;
  bool kept = false;  ///< whether its present room keeps messages
};
/// Messages `from` to `to` follow; none if `to` is before `from`.
struct Rereading {
  Number from;
  Number to;
};
/// A reader's cursor has passed the messages in `missing`. They are not delivered, except of
/// `Missing::Why::kUnread`: the guest is told to ask again, and may get them then.
struct Gap {
  Missing missing;
};

/// The requested part of the past is longer than one request may get. The replay stopped before
/// `from`; the next request may begin there.
struct MoreToRead {
  Number from;
};

struct Event : std::variant<Welcome, Joined, NickTaken, Present, HelpText, IdleWarning, Farewell,
                            Refused, Acknowledged, AcksSet, Rereading, Gap, MoreToRead, LoggedIn,
                            HasLeft, AwaySet, RoomChanged, Ruled, AskedToWrite, Contacts> {
  using variant::variant;
  Event(const Event& other);
  Event(Event&& other) noexcept;
  Event& operator=(const Event& other);
  Event& operator=(Event&& other) noexcept;
  ~Event();
};

// Answers to operators.

/// The sessions online, ordered by door, then by arrival.
struct Online {
  struct Session {
    SessionId session;
    std::string address;
    std::string shown;
    std::vector<RoomName> rooms;  ///< the rooms it is in
    Duration silent;              ///< since its last request or sign of life
    bool is_guest = true;
  };
  std::vector<Session> sessions;
};
/// Rooms ordered by name: the open ones, and closed ones that are frozen.
struct Rooms {
  struct Room {
    RoomName name;
    std::size_t present = 0;
    bool frozen = false;
  };
  std::vector<Room> rooms;
  std::size_t open = 0;     ///< number of open rooms
  std::size_t guests = 0;   ///< guests online
  std::size_t members = 0;  ///< sessions of members online; a member may have several
};
/// Members, the latest first.
struct Members {
  static constexpr std::size_t kMost = 500;
  struct Member {
    std::string nick;
    AuthorId id;
    WallTime since;            ///< when it registered
    std::size_t sessions = 0;  ///< online
    bool is_operator = false;  ///< of the server
    bool is_bot = false;
    bool is_muted = false;   ///< everywhere
    bool is_banned = false;  ///< everywhere
  };
  std::vector<Member> members;  ///< at most `kMost`
  std::size_t all = 0;          ///< how many there are, also beyond that
  WallTime now;
};
/// Rooms, by name.
struct RoomsDescribed {
  static constexpr std::size_t kMost = 500;
  static constexpr std::size_t kMostPeople = 20;
  struct Room {
    RoomName name;
    std::size_t present = 0;          ///< sessions
    std::vector<std::string> people;  ///< of those as shown, at most `kMostPeople`
    std::string founder;              ///< as shown; empty: none
    RoomFacts facts;
  };
  std::vector<Room> rooms;  ///< at most `kMost`
  std::size_t all = 0;      ///< how many there are, also beyond that
  std::size_t for_two = 0;  ///< open rooms for two, which are left out
};
/// The request is carried out, or there was nothing left to do.
struct Done {};

using OperatorAnswer = std::variant<Online, Rooms, Done, Ruled, Refused, Members, RoomsDescribed>;

}  // namespace palabre::chat
