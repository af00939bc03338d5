#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/chat/chat.h"
#include "client/chat/chat_input.h"
#include "client/chat/chat_words.h"
#include "client/chat/ignored.h"
#include "client/chat/terminal.h"
#include "client/cursor_file.h"
#include "client/member_client.h"

namespace palabre::client {

/// `palabre chat`: connects a terminal and a session. It passes typed lines to the session and
/// outcomes to the terminal, and keeps the screen's state that the session does not have.
class Conversation {
 public:
  using MakeTerminal = std::function<std::unique_ptr<Terminal>(Terminal::Hear hear)>;

  /// `make_terminal`: replaces the usual terminal; for tests.
  Conversation(boost::asio::io_context& io, const ChatOptions& options,
               MakeTerminal make_terminal = {});
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  /// Runs until the user quits, or the session or the input ends.
  Result<void> run();

  // The parts of `run`, for a test that replaces the network.

  /// Sets up everything except the network; the test gives `session` its links.
  Result<void> open();
  client::Session& session() const { return member_->session(); }
  /// Call it when the session may have outcomes.
  void take_outcomes();
  bool is_over() const { return is_over_; }
  /// How many rooms, names and posts it remembers.
  std::size_t remembered() const;

 private:
  /// A joined room, as it is on the screen.
  struct View {
    chat::Number oldest;  ///< the oldest number shown; 0: none
    bool had_cursor = false;
    chat::RoomFacts facts;
  };
  /// A post without an answer.
  struct Waiting {
    chat::RoomName room;
    std::string text;
  };
  /// The pending request for a page, by /history or /search.
  struct Search {
    chat::RoomName room;
    std::string text;  ///< the text to find; empty: /history
    chat::Number before;
    std::vector<client::Line> found;
    std::uint32_t pages = 0;
    bool is_for_removed = false;  ///< not asked by the user: which messages were removed
  };
  /// A message that was printed, and may still be on the screen.
  struct Printed {
    std::uint64_t id;  ///< see `Terminal::print_as`
    chat::RoomName room;
    chat::Number number;
    WallTime kept_at;
  };

  void make_terminal();
  void read_cursors();
  void say(std::string_view words);
  void go_to(const chat::RoomName& room);
  void show_prompt();
  void say_facts(const chat::RoomName& room, const chat::RoomFacts& facts);
  void show_waiting();
  void save_cursors();
  void say_once(const Error& error);
  void save_now_and_then();
  void end(Error error);

  // Typed lines.
  void take_line(const std::string& line);
  void on_end_of_input();
  void act(const client::typed::Nothing&) {}
  void act(const client::typed::Join& typed);
  void act(const client::typed::Leave& typed);
  void act(const client::typed::Ask& typed);
  void act(const client::typed::Who& typed);
  void act(const client::typed::History& typed);
  void act(const client::typed::Search& typed);
  void act(const client::typed::Ignore& typed);
  void act(const client::typed::Away& typed);
  void act(const client::typed::Help& typed);
  void act(const client::typed::Quit& typed);
  void act(const client::typed::Mistake& typed);
  bool join(const chat::RoomName& room, const std::string& invite);
  void join_or_go_to(const chat::RoomName& room, const std::string& invite);
  void join_by_link(const std::string& link);
  chat::Number oldest_shown(const std::pair<const chat::RoomName, View>& view);
  bool may_ask();
  std::optional<chat::RoomName> named(const std::string& room);
  void read_on(Search search);
  std::vector<std::string> complete(std::string_view before, std::string_view word) const;

  // Posting: conversation_posting.cc
  void act(const client::typed::Say& typed);
  void act(const client::typed::Tell& typed);
  void post(const chat::RoomName& room, chat::Kind kind, const std::string& text);
  bool post_one(const chat::RoomName& room, chat::Kind kind, const std::string& text);
  std::vector<std::string> pieces_of(chat::Kind kind, const std::string& text) const;
  std::size_t messages_in(std::string_view line) const;

  // Outcomes: conversation_outcomes.cc
  void see(const client::Shown& shown);
  void see(const client::Kept& kept);
  void see(const client::PostRefused& refused);
  void see(const client::Missed& missed);
  void see(const client::Removed& removed);
  void see(const client::Joined& joined);
  void rename(const chat::RoomName& from, const chat::RoomName& to);
  void see(const client::CaughtUp& caught_up);
  void see(const client::JoinRefused& refused);
  void see(const client::HasLeft& left);
  void see(const client::Ruled& ruled);
  void see(const client::Welcomed& welcomed);
  void see(const client::NickChanged& changed);
  void see(const client::AwayChanged& changed);
  void see(const client::RoomChanged& changed);
  void see(const client::PresentNow& present);
  void see(const client::Page& page);
  void see(const client::QuestionRefused& refused);
  void see(const client::Slowed& slowed);
  // conversation_requests.cc
  void see(const client::AskedToWrite& asked);
  void see(const client::Contacts& contacts);
  void say_requests(const client::Welcomed& welcomed);
  void say_request(const client::AskedToWrite& asked);
  void see(const client::Offline& offline);
  void see(const client::Ended& ended);
  void on_silence(bool is_silent);
  void on_trouble(const Error& error);
  void greet(const client::Welcomed& welcomed);
  void show_found(const Search& search);
  void note_person(const std::string& shown, chat::AuthorId id);
  Ignored::Person person_called(std::string_view name) const;
  bool is_ignored(const chat::Message& message);
  bool is_ignored(const chat::Topic& topic);
  void print(const chat::RoomName& room, const client::Line& line, const std::string& words);
  // conversation_removed.cc
  void note_printed(const chat::RoomName& room, const client::Line& line, std::uint64_t id);
  std::uint64_t take_off_screen(const chat::RoomName& room, const chat::NumberRanges& removed);
  void ask_which_are_removed(const client::Removed& removed);
  void see_removed(const client::Page& page);
  static void redact(Search& search, const chat::NumberRanges& removed);
  bool is_elsewhere(const chat::RoomName& room) const { return room != here_; }

  boost::asio::io_context& io_;
  ChatOptions options_;
  MakeTerminal make_terminal_;
  client::ChatWords words_;
  std::unique_ptr<client::Terminal> terminal_;
  std::unique_ptr<MemberClient> member_;
  std::optional<client::CursorFile> cursor_file_;
  std::map<chat::RoomName, chat::Cursor> cursors_;  // of earlier runs and of rooms left
  boost::asio::steady_timer saving_;
  boost::asio::steady_timer leaving_;

  chat::RoomName here_;  // the room that typed text goes to; empty: none
  // A server cannot make these larger than `Session`'s limits of rooms, questions and posts, or
  // than the limits named beside them.
  std::map<chat::RoomName, View> views_;
  std::set<chat::RoomName> wanted_;   // rooms to switch to once they are joined
  std::set<chat::RoomName> left_;     // not joined again unasked; see `kMostLeft`
  std::set<chat::RoomName> unasked_;  // being joined without the user's request
  std::map<client::PostId, Waiting> waiting_;
  std::map<client::QuestionId, Search> searches_;
  Ignored ignored_;
  struct Person {
    chat::AuthorId id;
    bool is_guest = false;
  };
  std::map<std::string, Person, std::less<>> people_;  // seen, by nickname; see `kMostPeople`
  std::set<std::string> told_;         // nicknames whose requests were told; see `kMostTold`
  std::size_t requests_in_a_row_ = 0;  // told since the user has dealt with one
  std::deque<Printed> printed_;        // see `kMostPrinted`
  std::uint64_t last_printed_ = 0;
  std::int64_t day_ = 0;  // the day of the last message shown
  bool was_in_a_room_ = false;
  bool is_gone_ = false;    // the user was told that the network is gone
  bool is_slowed_ = false;  // told that posts wait for their turn, until none waits
  bool is_leaving_ = false;
  bool is_warned_ = false;  // told that quitting loses posts
  bool is_over_ = false;
  bool is_told_of_cursors_ = false;  // told that cursors are not kept
  Result<void> result_;
};

}  // namespace palabre::client
