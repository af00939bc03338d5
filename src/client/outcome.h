#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"
#include "chat/number_ranges.h"
#include "chat/record.h"

namespace palabre::client {

// Outcomes: what a session tells its user, in the order in which it happened. All text is safe to
// show (`wire::clean`). All text except a message's own is one line.

/// A post of this session: 1, 2, 3, ... in the order in which they were written.
using PostId = chat::Id<struct PostTag>;
/// A question of this session: a page of the past, the people in a room, a nickname.
using QuestionId = chat::Id<struct QuestionTag>;

/// A message and its place in the log.
struct Line {
  chat::Number number;
  chat::Message message;
  WallTime kept_at;
};

/// A message by another author, or by another session of ours. Each number of a room's log comes
/// once and in order, as `Shown` or as `Kept`.
struct Shown {
  chat::RoomName room;
  Line line;
  bool replayed = false;  ///< posted before the room was joined or rejoined
};

/// A post has its number.
struct Kept {
  PostId post;
  chat::RoomName room;
  Line line;
  bool on_disk = false;    ///< false: a memory room, which keeps nothing
  bool was_shown = false;  ///< it came as `Shown` before: do not show it again
};

/// A post is given up: it has no number, or (`may_be_kept`) may have one that is never reported.
struct PostRefused {
  PostId post;
  chat::RoomName room;
  std::string text;
  std::string words;
  bool may_be_kept = false;
};

/// Numbers of a room's log that do not come.
struct Missed {
  chat::RoomName room;
  chat::Number from;
  chat::Number to;
  bool new_log = false;  ///< the room has a new log: `from` and `to` have no meaning
  std::string words;
  chat::Missing::Why why = chat::Missing::Why::kNotKept;  ///< no meaning with `new_log`
};

/// Messages of the room were removed: their texts are not to be shown any longer. Those that come
/// later have `Kind::kRemoved`. If `numbers` are not exact, read them again.
struct Removed {
  chat::RoomName room;
  chat::NumberRanges numbers;
};

struct Joined {
  chat::RoomName asked;  ///< the name given to `Session::join`
  chat::RoomName room;   ///< the proper name, used in all other outcomes
  chat::Cursor end;      ///< the last message in the log
  std::uint32_t others = 0;
  bool on_disk = false;
  bool by_invitation = false;
  bool again = false;         ///< rejoined on a new link
  std::uint64_t coming = 0;   ///< messages that are replayed now, at most
  std::uint64_t skipped = 0;  ///< unseen messages before those, left out by `JoinFrom::most`
  chat::RoomFacts facts = {};
  bool is_request = false;  ///< the other member of the room for two has not accepted it yet
};

/// The replay is over: everything up to `Joined::end` has come.
struct CaughtUp {
  chat::RoomName room;
  std::uint64_t shown = 0;  ///< `Shown` messages of the replay
  bool again = false;
};

struct JoinRefused {
  enum class Why { kNotInvited, kOther };
  chat::RoomName room;
  Why why = Why::kOther;
  std::string words;
  bool is_told_with_posts = false;  ///< `PostRefused` for its posts follow, with the same words
};

struct HasLeft {
  chat::RoomName room;
  std::string words = {};  ///< the server's, if an operator has put us out
};

/// Answers `Session::ask` of an order.
struct Ruled {
  QuestionId question;
  std::string words;  ///< lines that are safe to show
};

/// Logged in.
struct Welcomed {
  std::string nick;
  std::vector<chat::RoomName> direct_rooms;  ///< rooms for two, not joined yet
  bool again = false;
  std::vector<std::string> requests = {};  ///< nicknames of members who ask to write
  std::uint32_t all_requests = 0;          ///< `requests` may be only the first
};

/// A member asks to write to us. To read and answer it, accept it (`chat::Contact`).
struct AskedToWrite {
  std::string nick;
  chat::AuthorId id;
  std::string text;  ///< the beginning of its first message, one line
};

/// Answers `Session::ask` of a `chat::Contact`.
struct Contacts {
  QuestionId question;
  chat::Contact::What what;
  std::string nick;                ///< not of a list
  std::vector<std::string> nicks;  ///< of a list
  std::uint32_t all = 0;           ///< `nicks` may be only the first
};

struct NickChanged {
  std::string nick;
};

struct AwayChanged {
  std::string note;  ///< empty: here again
};

struct Person {
  std::string name;
  bool guest = false;
  std::string away;
  chat::AuthorId id = {};  ///< of a member
};

/// Answers `Session::ask`, or another session has changed a fact about the room.
struct RoomChanged {
  chat::RoomName room;
  chat::RoomFacts facts;  ///< all of them
  std::string words;      ///< what has changed
};

struct PresentNow {
  QuestionId question;
  chat::RoomName room;
  std::uint32_t count = 0;  ///< of all people; `people` may have fewer
  std::vector<Person> people;
  chat::RoomFacts facts = {};
};

/// Answers `Session::read`.
struct Page {
  QuestionId question;
  chat::RoomName room;
  std::vector<Line> lines;
  std::vector<Missed> missed;
  chat::Number up_to;  ///< the page covers the log up to this number
};

struct QuestionRefused {
  QuestionId question;
  std::string words;
};

/// The server makes our posts wait for their turn; nothing is lost. Comes about once a second while
/// that lasts.
struct Slowed {
  Duration next{};   ///< until the next post is taken
  Duration every{};  ///< then one post each so long
};

/// The link is gone. Posts wait for the next one.
struct Offline {
  std::string words;
};

/// The session is over for good. No more outcomes follow.
struct Ended {
  enum class Why {
    kQuit,
    kShownTheDoor,  ///< kicked, banned, or replaced
    kLoginRefused,
    kNickTaken,  ///< and `Identity::nicks` has no other to try
    kBadNick,
    kNonsense,  ///< the server violated the protocol
  };
  Why why = Why::kQuit;
  std::string words;
};

struct Outcome
    : std::variant<Shown, Kept, PostRefused, Missed, Removed, Joined, CaughtUp, JoinRefused,
                   HasLeft, Ruled, Welcomed, NickChanged, AwayChanged, RoomChanged, PresentNow,
                   Page, QuestionRefused, Slowed, AskedToWrite, Contacts, Offline, Ended> {
  using variant::variant;
  Outcome(const Outcome& other);
  Outcome(Outcome&& other) noexcept;
  Outcome& operator=(const Outcome& other);
  Outcome& operator=(Outcome&& other) noexcept;
  ~Outcome();
};

}  // namespace palabre::client
