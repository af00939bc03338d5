#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chat/ids.h"
#include "chat/limits.h"

namespace palabre::sim {

/// The actions of a simulated guest, by meaning rather than by syntax.
struct Action {
  enum class Kind {
    kSay,          ///< `word` reaches the room
    kJoin,         ///< `word` is a room
    kNick,         ///< `word` is a nickname
    kNickThenSay,  ///< one datagram: nickname `word`, then the message `then` if the nickname was
                   ///< granted
    kQuit,
    kSignOfLife,  ///< only resets the idle timeout
    kNothing,     ///< ignored from a stranger, a sign of life from a guest
  };
  Kind kind = Kind::kNothing;
  std::string word;
  std::string then;
};

/// A model of the server's required behaviour: maps, and loops over them. It shares no code with
/// the server; where the two disagree, one of them is wrong.
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
  std::map<std::string, Guest> absent_;  // last_heard: since when it is absent
  std::map<std::string, std::vector<std::string>> expected_;
};

}  // namespace palabre::sim
