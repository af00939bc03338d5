#include "client/chat/conversation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/hostile_server_driver.h"
#include "drivers/temporary_folder.h"
#include "wire/frames.h"
#include "wire/palabre.pb.h"

// `palabre chat` with a user who types, against a server that the test plays.

namespace palabre::client {
namespace {

using Rows = std::vector<std::string>;

/// A screen of so many lines; those above it cannot be replaced.
class ScreenTerminal final : public Terminal {
 public:
  explicit ScreenTerminal(Hear heard_by) : hear(std::move(heard_by)) {}

  bool is_plain() const override { return false; }
  void print(std::string_view line) override { print_as(0, line); }
  void print_as(std::uint64_t id, std::string_view line) override {
    ids_.push_back(id);
    rows.emplace_back(line);
  }
  bool replace(std::uint64_t id, std::string_view line) override {
    const auto found = std::find(ids_.begin(), ids_.end(), id);
    if (found == ids_.end() || ids_.end() - found > most) return false;
    rows[static_cast<std::size_t>(found - ids_.begin())] = line;
    return true;
  }
  void set_prompt(std::string /*prompt*/) override {}
  void clear() {
    rows.clear();
    ids_.clear();
  }
  void set_waiting(std::vector<std::string> lines) override { waiting = std::move(lines); }

  Hear hear;
  Rows rows;
  Rows waiting;
  std::ptrdiff_t most = 1000;

 private:
  std::vector<std::uint64_t> ids_;
};

class ConversationTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kRoom = 7;

  ConversationTest() {
    ChatOptions options;
    options.target.server = {"chat.example", 5000};
    options.target.room = {"lobby"};
    options.nicks.wanted = {"awa"};
    options.colour = false;
    chat_ = std::make_unique<Conversation>(io_, options, [this](Terminal::Hear hear) {
      auto terminal = std::make_unique<ScreenTerminal>(std::move(hear));
      screen = terminal.get();
      return terminal;
    });
    EXPECT_TRUE(chat_->open());
    come_online();
    screen->clear();
  }

  void come_online() {
    auto former = std::exchange(link_, std::make_unique<HostileLink>());
    chat_->session().on_open(*link_, now_);
    proto::Event challenge;
    challenge.mutable_challenge()->set_nonce(std::string(32, 'n'));
    give(challenge);
    proto::Event welcome;
    welcome.set_tag(command(proto::Command::kLogin).tag());
    welcome.mutable_welcome()->set_nick("awa");
    give(welcome);
    proto::Event joined;
    joined.set_tag(command(proto::Command::kJoin).tag());
    joined.mutable_joined()->set_room_id(kRoom);
    joined.mutable_joined()->set_room("lobby");
    joined.mutable_joined()->set_log(1);
    joined.mutable_joined()->set_end(last_);
    joined.mutable_joined()->set_kept(true);
    give(joined);
  }

  void give(const proto::Event& event) {
    chat_->session().on_bytes(*link_, wire::encode_frame(event), now_);
    chat_->take_outcomes();
  }
  /// The last command of this kind.
  proto::Command command(proto::Command::WhatCase what) {
    for (auto one = link_->commands.rbegin(); one != link_->commands.rend(); ++one) {
      if (one->what_case() == what) return *one;
    }
    ADD_FAILURE() << "no such command";
    return {};
  }
  void type(const std::string& line) { screen->hear.line(line); }

  static void fill(proto::Message& to, std::uint64_t number, const std::string& author,
                   const std::string& text, const std::string& id = "") {
    to.set_room_id(kRoom);
    to.set_number(number);
    to.set_author(author);
    to.set_text(text);
    to.set_author_id(id);
  }
  void say(const std::string& author, const std::string& text, const std::string& id = "") {
    proto::Event event;
    fill(*event.mutable_message(), ++last_, author, text, id);
    give(event);
  }
  static void fill_removed(proto::Message& to, std::uint64_t number) {
    fill(to, number, "", "(removed)");
    to.set_kind(proto::REMOVED);
  }
  void remove(std::uint64_t from, std::uint64_t to, bool reread = false) {
    proto::Event event;
    event.mutable_removed()->set_room_id(kRoom);
    auto& range = *event.mutable_removed()->add_removed();
    range.set_from(from);
    range.set_to(to);
    event.mutable_removed()->set_reread(reread);
    give(event);
  }
  bool is_on_screen(std::string_view text) const {
    return std::any_of(screen->rows.begin(), screen->rows.end(),
                       [&](const std::string& row) { return row.find(text) != std::string::npos; });
  }

  TemporaryFolder folder_;
  const AtHome config_{"XDG_CONFIG_HOME", folder_.path()};
  const AtHome state_{"XDG_STATE_HOME", folder_.path()};
  boost::asio::io_context io_{1};
  Instant now_{std::chrono::hours(1)};
  std::unique_ptr<HostileLink> link_;
  std::unique_ptr<Conversation> chat_;
  ScreenTerminal* screen = nullptr;
  std::uint64_t last_ = 0;
};

TEST_F(ConversationTest, ReplacesAMessageThatIsRemovedOnTheScreen) {
  say("kofi", "one");
  say("kofi", "two");
  say("kofi", "three");
  remove(2, 2);
  EXPECT_EQ(screen->rows,
            (Rows{"--:-- #1 kofi: one", "--:-- #2 (removed)", "--:-- #3 kofi: three"}));
}

TEST_F(ConversationTest, SaysThatAMessageIsRemovedWhereItHasLeftTheScreen) {
  say("kofi", "one");
  say("kofi", "two");
  screen->most = 1;
  remove(1, 2);
  EXPECT_EQ(screen->rows, (Rows{"--:-- #1 kofi: one", "--:-- #2 (removed)",
                                "-- Messages #1 to #2 were removed."}));
}

TEST_F(ConversationTest, ShowsATombstoneAndNoTextOfAMessageThatWasRemovedBefore) {
  proto::Event event;
  fill_removed(*event.mutable_message(), ++last_);
  give(event);
  EXPECT_EQ(screen->rows, (Rows{"--:-- #1 (removed)"}));
}

TEST_F(ConversationTest, FindsNoTextThatIsRemovedWhileItSearches) {
  last_ = 450;
  come_online();
  say("kofi", "x");
  screen->clear();
  type("/search tide");
  proto::Event page;
  page.set_tag(command(proto::Command::kRead).tag());
  page.mutable_past()->set_room_id(kRoom);
  page.mutable_past()->set_up_to(451);
  fill(*page.mutable_past()->add_messages(), 400, "kofi", "the tide is in");
  fill(*page.mutable_past()->add_messages(), 401, "kofi", "the tide is out");
  give(page);
  remove(400, 400);
  proto::Event rest;
  rest.set_tag(command(proto::Command::kRead).tag());
  rest.mutable_past()->set_up_to(250);
  give(rest);
  rest.set_tag(command(proto::Command::kRead).tag());
  give(rest);
  EXPECT_TRUE(is_on_screen("the tide is out"));
  EXPECT_FALSE(is_on_screen("the tide is in"));
}

TEST_F(ConversationTest, ScrollsBackToATombstone) {
  last_ = 10;
  come_online();
  say("kofi", "x");
  screen->clear();
  type("/history 2");
  proto::Event page;
  page.set_tag(command(proto::Command::kRead).tag());
  page.mutable_past()->set_up_to(10);
  fill_removed(*page.mutable_past()->add_messages(), 9);
  fill(*page.mutable_past()->add_messages(), 10, "kofi", "two");
  give(page);
  EXPECT_TRUE(is_on_screen("#9 (removed)"));
  EXPECT_TRUE(is_on_screen("#10 kofi: two"));
}

TEST_F(ConversationTest, DoesNotEchoAnOwnPostThatWasRemovedBeforeItsAnswer) {
  type("a secret");
  EXPECT_EQ(screen->waiting.size(), 1U);
  const std::string id = command(proto::Command::kPost).post().id();
  remove(1, 1);
  proto::Event event;
  fill_removed(*event.mutable_message(), ++last_);
  give(event);
  proto::Event kept;
  kept.mutable_acknowledged()->set_room_id(kRoom);
  kept.mutable_acknowledged()->set_number(1);
  kept.mutable_acknowledged()->set_id(id);
  kept.mutable_acknowledged()->set_kept(true);
  give(kept);
  EXPECT_FALSE(is_on_screen("a secret"));
  EXPECT_TRUE(is_on_screen("#1 (removed)"));
  EXPECT_TRUE(screen->waiting.empty());
}

TEST_F(ConversationTest, ReadsAgainWhichOfManyWereRemoved) {
  say("kofi", "one");
  say("kofi", "two");
  say("kofi", "three");
  remove(1, 3, true);
  EXPECT_EQ(screen->rows.back(), "-- Some messages from #1 to #3 were removed.");
  proto::Event page;
  page.set_tag(command(proto::Command::kRead).tag());
  page.mutable_past()->set_up_to(3);
  fill_removed(*page.mutable_past()->add_messages(), 1);
  fill(*page.mutable_past()->add_messages(), 2, "kofi", "two");
  fill_removed(*page.mutable_past()->add_messages(), 3);
  give(page);
  screen->rows.pop_back();
  EXPECT_EQ(screen->rows, (Rows{"--:-- #1 (removed)", "--:-- #2 kofi: two", "--:-- #3 (removed)"}));
}

TEST_F(ConversationTest, IgnoresAMemberUnderAnyNicknameAndOverConnections) {
  const std::string kofi = "00000000000000a1";
  say("kofi", "one", kofi);
  type("/ignore kofi");
  screen->clear();
  say("kofi", "two", kofi);
  say("not-kofi", "three", kofi);
  come_online();
  screen->clear();
  say("kofi-again", "four", kofi);
  say("kofi*", "five");
  say("kofi", "six", "00000000000000a2");
  EXPECT_EQ(screen->rows, (Rows{"--:-- #5 kofi*: five", "--:-- #6 kofi: six"}));
  type("/ignore kofi");
  say("kofi", "seven", kofi);
  EXPECT_TRUE(is_on_screen("seven"));
}

TEST_F(ConversationTest, IgnoresAMemberThatOnlyAListHasNamed) {
  type("/who");
  proto::Event present;
  present.set_tag(command(proto::Command::kWho).tag());
  auto& person = *present.mutable_present()->add_people();
  person.set_name("kofi");
  person.set_author_id("00000000000000a1");
  give(present);
  type("/ignore Kofi");
  screen->clear();
  say("other-name", "one", "00000000000000a1");
  EXPECT_TRUE(screen->rows.empty());
}

proto::Event asks_to_write(const std::string& nick, const std::string& text = "") {
  proto::Event event;
  event.mutable_asked_to_write()->set_nick(nick);
  event.mutable_asked_to_write()->set_text(text);
  return event;
}

TEST_F(ConversationTest, ShowsARequestInOneLineAndJoinsNothing) {
  give(asks_to_write("kofi", "hello\nyou"));
  give(asks_to_write("kofi", "again"));
  EXPECT_EQ(screen->rows, (Rows{"-- kofi asks to write to you: /accept kofi, or /block kofi. It "
                                "begins: hello you"}));
  EXPECT_EQ(command(proto::Command::kJoin).join().room(), "lobby");
}

TEST_F(ConversationTest, DoesNotLetRequestsFillTheScreen) {
  for (int i = 0; i < 100; ++i) give(asks_to_write(fmt::format("n{}", i)));
  ASSERT_EQ(screen->rows.size(), 6U);
  EXPECT_EQ(screen->rows.back(), "-- More members ask to write to you: /requests lists them.");
  type("/requests");
  proto::Event list;
  list.set_tag(command(proto::Command::kContact).tag());
  list.mutable_contacts()->set_what(proto::Contact::REQUESTS);
  list.mutable_contacts()->add_nicks("n1");
  list.mutable_contacts()->add_nicks("n2");
  list.mutable_contacts()->set_all(100);
  give(list);
  EXPECT_EQ(screen->rows.back(), "-- They ask to write to you: n1, n2 and 98 more");
  give(asks_to_write("ben"));
  EXPECT_EQ(screen->rows.back(), "-- ben asks to write to you: /accept ben, or /block ben.");
}

TEST_F(ConversationTest, GoesToTheRoomWithAMemberWhomItAccepts) {
  type("/accept kofi");
  const auto accept = command(proto::Command::kContact);
  EXPECT_EQ(accept.contact().what(), proto::Contact::ACCEPT);
  EXPECT_EQ(accept.contact().nick(), "kofi");
  proto::Event event;
  event.set_tag(accept.tag());
  event.mutable_contacts()->set_what(proto::Contact::ACCEPT);
  event.mutable_contacts()->set_nick("Kofi");
  give(event);
  EXPECT_EQ(command(proto::Command::kJoin).join().room(), "@Kofi");
}

TEST_F(ConversationTest, ShowsNoRequestOfSomebodyWhoIsIgnored) {
  type("/ignore kofi");
  screen->clear();
  give(asks_to_write("kofi"));
  EXPECT_EQ(screen->rows, Rows{});
}

}  // namespace
}  // namespace palabre::client
