#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chat/ids.h"
#include "chat/limits.h"

namespace palabre::sim {

/// What a simulated guest can send, by what it means rather than by how it is written.
struct Action {
  enum class Kind {
    kSay,          ///< `word` reaches the room
    kJoin,         ///< `word` is a room
    kNick,         ///< `word` is a nickname
    kNickThenSay,  ///< in one datagram: nickname `word`, then `then` if it was to be had
    kQuit,
    kSignOfLife,  ///< changes nothing but that it was heard
    kNothing,     ///< is not even that from a stranger, and a sign of life from a guest
  };
  Kind kind = Kind::kNothing;
  std::string word;
  std::string then;
};

/// What the server ought to do, said as simply as can be: maps, and loops over them. It shares no
/// line with the server; where the two disagree, one of them is wrong.
class Model {
 public:
  explicit Model(const chat::Limits& limits) : limits_(limits) {}

  void heard(const std::string& from, const Action& action, Instant now);

  /// The lines that each guest must have been sent, in order.
  const std::map<std::string, std::vector<std::string>>& expected() const { return expected_; }

 private:
  struct Guest {
    std::string room = "lobby";
    std::string nick;
    Instant last_heard;
  };

  void let_the_silent_go(Instant now);
  void depart(const std::string& address, Instant when);
  bool take_nick(const std::string& address, const std::string& nick);
  void say(const std::string& from, const std::string& text);

  chat::Limits limits_;
  std::map<std::string, Guest> online_;
  std::map<std::string, Guest> absent_;  // last_heard: since when
  std::map<std::string, std::vector<std::string>> expected_;
};

}  // namespace palabre::sim
