#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chat/history.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"

namespace palabre::client {

// What a session has to tell whoever shows it: outcomes, in the order in which they came about. All
// text in them is safe to show (`wire::clean`); all but a message's own text is one line.

/// A post of this session, in the order in which they were written: 1, 2, 3, ...
using PostId = chat::Id<struct PostTag>;
/// A question of this session: a page of the past, who is there, a nickname, being away.
using QuestionId = chat::Id<struct QuestionTag>;

/// A message as it is shown.
struct Line {
  chat::Number number;
  chat::Message message;
  WallTime kept_at;
};

/// Somebody's message, or one's own from elsewhere. Each number of a room's log is shown once, here
/// or as `Kept`, in order.
struct Shown {
  chat::RoomName room;
  Line line;
  bool replayed = false;  ///< it was there before the room was joined (again)
};

/// A post has a number.
struct Kept {
  PostId post;
  chat::RoomName room;
  Line line;
  bool on_disk = false;    ///< false: a memory room, which promises nothing
  bool was_shown = false;  ///< as `Shown` before: do not show it again
};

/// A post will never have a number; or it may have one, of which nothing will be heard.
struct PostRefused {
  PostId post;
  chat::RoomName room;
  std::string text;
  std::string words;
  bool may_be_kept = false;
};

/// Numbers that do not come.
struct Missed {
  chat::RoomName room;
  chat::Number from;
  chat::Number to;
  bool new_log = false;  ///< the room began anew: `from` and `to` say nothing
  std::string words;
  chat::Missing::Why why = chat::Missing::Why::kNotKept;  ///< of no meaning with `new_log`
};

struct Joined {
  chat::RoomName asked;  ///< as `Session::join` was asked for it
  chat::RoomName room;   ///< as it is written properly: its name in all other outcomes
  chat::Cursor end;      ///< the last message that there is
  std::uint32_t others = 0;
  bool on_disk = false;
  bool by_invitation = false;
  bool again = false;         ///< after the network was gone
  std::uint64_t coming = 0;   ///< messages that are replayed now, at most
  std::uint64_t skipped = 0;  ///< before them, unseen too, and too many to be replayed
};

/// What was there when the room was joined has been shown.
struct CaughtUp {
  chat::RoomName room;
  std::uint64_t shown = 0;
  bool again = false;
};

struct JoinRefused {
  enum class Why { kNotInvited, kOther };
  chat::RoomName room;
  Why why = Why::kOther;
  std::string words;
  bool is_told_with_posts = false;  ///< `PostRefused` of posts to it follow, with the same words
};

struct HasLeft {
  chat::RoomName room;
};

/// Logged in.
struct Welcomed {
  std::string nick;
  std::vector<chat::RoomName> direct_rooms;  ///< there are messages with them
  bool again = false;
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
};

struct PresentNow {
  QuestionId question;
  chat::RoomName room;
  std::uint32_t count = 0;  ///< all of them; `people` may be the first
  std::vector<Person> people;
};

/// Answers `Session::read`.
struct Page {
  QuestionId question;
  chat::RoomName room;
  std::vector<Line> lines;
  std::vector<Missed> missed;
  chat::Number up_to;  ///< all up to here is in it
};

struct QuestionRefused {
  QuestionId question;
  std::string words;
};

/// The way to the server is gone. What is posted waits.
struct Offline {
  std::string words;
};

/// Nothing more will come: the session is over and stays so.
struct Ended {
  enum class Why {
    kQuit,
    kShownTheDoor,  ///< kicked, banned, or replaced
    kLoginRefused,
    kNickTaken,  ///< and no other was to be tried
    kBadNick,
    kNonsense,  ///< the server does not keep to the protocol
  };
  Why why = Why::kQuit;
  std::string words;
};

using Outcome =
    std::variant<Shown, Kept, PostRefused, Missed, Joined, CaughtUp, JoinRefused, HasLeft, Welcomed,
                 NickChanged, AwayChanged, PresentNow, Page, QuestionRefused, Offline, Ended>;

}  // namespace palabre::client
