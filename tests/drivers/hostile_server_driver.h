#pragma once

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/message.h"
#include "client/chat/conversation.h"
#include "client/cursor_file.h"
#include "client/private_file.h"
#include "drivers/hostile_words.h"
#include "drivers/temporary_folder.h"
#include "link/link.h"
#include "wire/frames.h"
#include "wire/palabre.pb.h"

// `palabre chat` against a hostile server, with a user who types. Everything but sockets and
// readline is real: the session, the conversation, line breaking, the cursor file.

namespace palabre::client {

/// Called with each checked claim; `words` says what failed where `holds` is false.
using Claim = std::function<void(bool holds, const std::string& words)>;

/// A link whose other end is the test.
class HostileLink final : public link::Link {
 public:
  void send(link::Chunk bytes) override {
    frames_.add(*bytes);
    while (const auto frame = frames_.next()) {
      if (commands.emplace_back().ParseFromArray(frame->data(), static_cast<int>(frame->size()))) {
        continue;
      }
      commands.pop_back();
    }
  }
  std::size_t room() const override { return std::size_t{64} << 10; }
  void send_unreliably(std::string_view /*bytes*/) override {}
  void consumed(std::size_t /*bytes*/) override {}
  void close(std::uint64_t /*code*/, std::string_view /*why*/) override { is_closed = true; }
  std::optional<Exporter> exporter() const override { return Exporter{}; }
  Address peer() const override { return {}; }

  std::vector<proto::Command> commands;
  bool is_closed = false;

 private:
  wire::FrameReader frames_;
};

/// Checks every line against what a screen may show.
class WatchedTerminal final : public Terminal {
 public:
  WatchedTerminal(Hear heard_by, const Claim& claim) : hear(std::move(heard_by)), claim_(claim) {}

  bool is_plain() const override { return false; }
  void print(std::string_view line) override {
    ++lines;
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      const bool is_shown = (byte >= ' ' && byte != 0x7F) || c == '\n' || c == '\t';
      if (!is_shown) claim_(false, "a control is shown");
    }
    for (const std::size_t columns : {std::size_t{40}, std::size_t{80}}) {
      look_at_rows(with_hanging_indent(line, columns));
    }
  }
  void set_prompt(std::string prompt) override {
    claim_(prompt.size() <= 300 &&
               std::none_of(prompt.begin(), prompt.end(), [](unsigned char c) { return c < ' '; }),
           "a prompt that is no name: " + prompt.substr(0, 300));
  }
  void set_waiting(std::vector<std::string> lines_now) override {
    claim_(lines_now.size() <= 10'000, "waiting lines without end");
  }

  Hear hear;
  std::size_t lines = 0;

 private:
  void look_at_rows(std::string_view rows) {
    static const std::string kIndent(chat::kContinuationIndent, ' ');
    for (bool is_first = true; !rows.empty(); is_first = false) {
      const std::string_view row = rows.substr(0, rows.find('\n'));
      rows.remove_prefix(std::min(row.size() + 1, rows.size()));
      const bool is_ours = is_first ? begins_a_line(row) : row.starts_with(kIndent) || row.empty();
      if (!is_ours) claim_(false, "a row at the margin: " + std::string(row.substr(0, 200)));
    }
  }
  /// A line begins with the client's `-- `, or with `14:03 #12 `.
  static bool begins_a_line(std::string_view row) {
    if (row.starts_with("-- ")) return true;
    if (row.size() < 8 || row[2] != ':' || row.substr(5, 2) != " #") return false;
    const auto is_of_time = [](char c) { return c == '-' || ('0' <= c && c <= '9'); };
    return is_of_time(row[0]) && is_of_time(row[1]) && is_of_time(row[3]) && is_of_time(row[4]) &&
           '1' <= row[7] && row[7] <= '9';
  }

  const Claim& claim_;
};

/// Sets an environment variable while it lives.
class AtHome {
 public:
  // NOLINTBEGIN(concurrency-mt-unsafe): one thread
  AtHome(const char* name, const std::string& folder) : name_(name) {
    if (const char* const was = std::getenv(name)) former_ = was;
    ::setenv(name, folder.c_str(), 1);
  }
  ~AtHome() { former_ ? ::setenv(name_, former_->c_str(), 1) : ::unsetenv(name_); }
  // NOLINTEND(concurrency-mt-unsafe)
  AtHome(const AtHome&) = delete;
  AtHome& operator=(const AtHome&) = delete;

 private:
  const char* name_;
  std::optional<std::string> former_;
};

/// One user's home, with cursors of other servers in it, and a series of chats.
class ChatUnderAttack {
 public:
  ChatUnderAttack(std::function<std::uint64_t()> next, Claim claim)
      : choices_(std::move(next)), claim_(std::move(claim)) {
    use_utf8();
    CursorFile::Cursors others;
    for (std::uint64_t i = 0; i < 50; ++i) {
      others.emplace_back(chat::RoomName{fmt::format("room-{}", i)}, chat::Cursor{{7}, {i}});
    }
    for (std::uint8_t server = 2; server < 6; ++server) {
      text_ = file_.updated(text_, Pin{{server}}, others).value();
    }
    others_ = text_;
    claim_(file_.write(Pin{{2}}, others).has_value(), "the file is there");
  }

  /// The next stream begins another chat.
  void begin_anew() { start(); }

  /// One stream of events, in pieces, with the user's typing in between.
  void stream() {
    ++streams;
    if (!chat_ || chat_->is_over() || ++streams_of_chat_ > kMostOfChat) start();
    std::string bytes;
    if (!link_ || link_->is_closed || choices_.sometimes(20)) {
      open_link(bytes);
    }
    if (choices_.sometimes(3)) type();
    hear_commands();
    for (std::size_t i = 1 + choices_.below(8); i > 0; --i) {
      const proto::Event event = words_->event();
      if (is_gentle_ && (event.has_goodbye() || event.has_nick_taken())) continue;
      if (event.ByteSizeLong() <= wire::kMostFrameBytes) wire::append_frame(event, bytes);
    }
    if (!is_gentle_ && choices_.sometimes(10)) words_->damage(bytes);
    const std::size_t cut = choices_.sometimes(4) ? choices_.below(bytes.size() + 1) : bytes.size();
    give(std::string_view(bytes).substr(0, cut));
    give(std::string_view(bytes).substr(cut));
    now_ += std::chrono::milliseconds(50);
    if (!chat_->is_over()) chat_->session().on_deadline(now_);
    look();
  }

  std::uint64_t streams = 0;
  std::uint64_t chats = 0;
  std::uint64_t lines = 0;  ///< lines shown
  std::uint64_t most_remembered = 0;

 private:
  void start() {
    ++chats;
    streams_of_chat_ = 0;
    is_gentle_ = choices_.sometimes(2);
    if (terminal_ != nullptr) lines += terminal_->lines;
    words_.emplace(choices_);
    chat_.reset();
    link_.reset();
    io_ = std::make_unique<boost::asio::io_context>(1);
    ChatOptions options;
    options.target.server = {"chat.example", 5000};
    options.nicks.wanted = {"awa"};
    chat_ = std::make_unique<Conversation>(*io_, options, [this](Terminal::Hear hear) {
      auto terminal = std::make_unique<WatchedTerminal>(std::move(hear), claim_);
      terminal_ = terminal.get();
      return terminal;
    });
    claim_(chat_->open().has_value(), "a chat begins");
  }

  void open_link(std::string& bytes) {
    auto former = std::exchange(link_, std::make_unique<HostileLink>());
    now_ += std::chrono::seconds(1);
    chat_->session().on_open(*link_, now_);
    if (former && !former->is_closed) former.reset();
    wire::append_frame(words_->challenge(), bytes);
    proto::Event welcome = words_->welcome();
    if (is_gentle_) welcome.mutable_welcome()->set_nick("awa");
    wire::append_frame(welcome, bytes);
  }

  void give(std::string_view bytes) {
    if (bytes.empty() || !link_ || link_->is_closed || chat_->is_over()) return;
    chat_->session().on_bytes(*link_, bytes, now_);
    chat_->take_outcomes();
    hear_commands();
  }

  void hear_commands() {
    if (!link_) return;
    for (const auto& command : std::exchange(link_->commands, {})) words_->hear(command);
  }

  void type() {
    static const std::array<std::string, 12> kTyped{
        "hello",    "two\nlines", "/join ops",  "/leave ops",  "/join tea", "/who",
        "/history", "/search he", "/msg bob x", "/join lobby", "/leave",    "/away lunch"};
    terminal_->hear.line(choices_.of(kTyped));
    (void)terminal_->hear.complete("", "n");
  }

  void look() {
    if (chat_->is_over()) return;
    most_remembered = std::max<std::uint64_t>(most_remembered, chat_->remembered());
    claim_(chat_->remembered() <= 20'000, "it remembers without end");
    const auto cursors = chat_->session().cursors();
    claim_(cursors.size() <= Session::kMostRooms, "rooms without end");
    if (streams % 64 != 0) return;
    const auto updated = file_.updated(text_, kHostile, cursors);
    claim_(updated.has_value(), "cursors that cannot be read again");
    if (!updated) return;
    claim_(updated->starts_with(others_), "another server's cursors are touched");
    claim_(updated->size() <= others_.size() + CursorFile::kMostBytesOfServer, "too many cursors");
    text_ = *updated;
    if (streams % 16'000 != 0) return;
    claim_(file_.write(kHostile, cursors).has_value(), "cursors are written");
    claim_(file_.read(Pin{{2}}).value().size() == 50, "another server's cursors are gone");
  }

  static constexpr Pin kHostile{{1}};
  static constexpr std::uint64_t kMostOfChat = 5000;

  TemporaryFolder folder_;
  const AtHome config_{"XDG_CONFIG_HOME", folder_.path()};
  const AtHome state_{"XDG_STATE_HOME", folder_.path()};
  Choices choices_;
  std::optional<HostileWords> words_;  // of the current chat's server
  Claim claim_;
  const CursorFile file_{folder_.path() / "palabre" / "cursors"};
  std::string text_;    // the file's content, as updated
  std::string others_;  // the part of other servers
  Instant now_{std::chrono::hours(1)};
  std::uint64_t streams_of_chat_ = 0;
  bool is_gentle_ = false;  // sends nothing that ends a session, so that the chat lasts
  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<HostileLink> link_;
  std::unique_ptr<Conversation> chat_;
  WatchedTerminal* terminal_ = nullptr;  // of the current chat
};

}  // namespace palabre::client
