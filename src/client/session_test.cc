#include "client/session.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/model_server_driver.h"

namespace palabre::client {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> texts(const std::vector<Shown>& all) {
  std::vector<std::string> texts;
  for (const Shown& shown : all) texts.push_back(shown.line.message.text);
  return texts;
}

proto::Event refused(proto::Refused::Why why, const std::string& words) {
  proto::Event event;
  event.mutable_refused()->set_why(why);
  event.mutable_refused()->set_words(words);
  return event;
}

TEST(Session, ProvesItsKeyOverBothNoncesAndTheLink) {
  Wired world;
  world.next_exporter.emplace().fill('e');
  world.open();
  world.settle();
  ASSERT_EQ(world.proofs.size(), 1);
  const auto [server, client, exporter] = world.proofs[0];
  EXPECT_EQ(server, std::string(32, 's'));
  EXPECT_EQ(exporter, std::string(32, 'e'));
  EXPECT_EQ(world.peer().commands.at(0).what_case(), proto::Command::WHAT_NOT_SET)
      << "it speaks first, so that the stream is there";
  const auto& login = world.peer().commands.at(1).login();
  EXPECT_EQ(login.nonce(), client);
  EXPECT_EQ(login.signature(), std::string(64, 'p'));
  EXPECT_EQ(world.all<Welcomed>().at(0).nick, "awa");
  world.open();
  world.settle();
  EXPECT_NE(world.peer().commands.at(1).login().nonce(), client) << "never used twice";
}

TEST(Session, TriesTheNextNickWhereOneIsTaken) {
  Wired world({"awa", "awa-ship", "awa-2"});
  world.server.taken_nicks = {"awa", "awa-ship"};
  world.open();
  world.settle();
  EXPECT_EQ(world.session.nick(), "awa-2");
  EXPECT_EQ(std::set(world.proofs.begin(), world.proofs.end()).size(), 3);
  EXPECT_TRUE(world.session.is_online());
}

TEST(Session, EndsWhereTheOnlyNickIsTaken) {
  Wired world;
  world.server.taken_nicks = {"awa"};
  world.open();
  world.settle();
  const auto ended = world.all<Ended>();
  ASSERT_EQ(ended.size(), 1);
  EXPECT_EQ(ended[0].why, Ended::Why::kNickTaken);
  EXPECT_EQ(ended[0].words, "awa is taken.");
  EXPECT_TRUE(world.session.is_over());
}

TEST(Session, ShowsTheLastMessagesToANewcomer) {
  Wired world;
  for (int i = 1; i <= 30; ++i) world.server.say("lobby", "kofi", std::to_string(i));
  world.session.join(kLobby, {.last = 2}, world.now);
  world.open();
  world.settle();
  EXPECT_EQ(texts(world.all<Shown>()), (std::vector<std::string>{"29", "30"}));
  const auto caught_up = world.all<CaughtUp>();
  ASSERT_EQ(caught_up.size(), 1);
  EXPECT_EQ(caught_up[0].shown, 2);
}

TEST(Session, GoesOnFromACursorOfAnotherDay) {
  Wired world;
  for (int i = 1; i <= 30; ++i) world.server.say("lobby", "kofi", std::to_string(i));
  world.session.join(kLobby, {.after = chat::Cursor{{1}, {27}}}, world.now);
  world.open();
  world.settle();
  EXPECT_EQ(texts(world.all<Shown>()), (std::vector<std::string>{"28", "29", "30"}));
  EXPECT_EQ(world.all<Joined>().at(0).coming, 3);
}

TEST(Session, AsksForTheLastOfWhatIsTooMuch) {
  Wired world;
  for (int i = 1; i <= 30; ++i) world.server.say("lobby", "kofi", std::to_string(i));
  world.session.join(kLobby, {.after = chat::Cursor{{1}, {7}}, .most = 3}, world.now);
  world.open();
  world.settle();
  EXPECT_EQ(texts(world.all<Shown>()), (std::vector<std::string>{"28", "29", "30"}));
  const auto joined = world.all<Joined>();
  ASSERT_EQ(joined.size(), 1);
  EXPECT_EQ(joined[0].coming, 3);
  EXPECT_EQ(joined[0].skipped, 20);
  EXPECT_TRUE(world.all<Missed>().empty());
}

TEST(Session, TellsThatAPostIsKeptInItsPlaceAmongTheOthers) {
  InLobby world;
  world.server.say("lobby", "kofi", "before");
  const PostId post = world.say("mine");
  world.settle();
  ASSERT_EQ(world.outcomes.size(), 2);
  EXPECT_EQ(std::get<Shown>(world.outcomes[0]).line.number, chat::Number{1});
  const Kept& kept = std::get<Kept>(world.outcomes[1]);
  EXPECT_EQ(kept.post, post);
  EXPECT_EQ(kept.line.number, chat::Number{2});
  EXPECT_EQ(kept.line.message.author, "awa");
  EXPECT_TRUE(kept.on_disk);
  EXPECT_EQ(world.session.waiting(), 0);
}

TEST(Session, SendsAPostAgainUnderItsIdAndShowsItOnce) {
  InLobby world;
  world.say("mine");
  world.to_server();  // it is kept there, and the answer is lost
  world.server.say("lobby", "kofi", "meanwhile");
  world.cut();
  EXPECT_EQ(world.all<Offline>().size(), 1);
  world.say("later");
  world.open();
  world.settle();
  const auto kept = world.all<Kept>();
  ASSERT_EQ(kept.size(), 2);
  EXPECT_EQ(kept[0].line.number, chat::Number{1});
  EXPECT_FALSE(kept[0].was_shown);
  EXPECT_EQ(kept[1].line.number, chat::Number{3});
  EXPECT_EQ(texts(world.all<Shown>()), std::vector<std::string>{"meanwhile"});
  EXPECT_TRUE(world.all<CaughtUp>().at(0).again);
  EXPECT_EQ(world.server.rooms["lobby"].entries.size(), 3);
}

TEST(Session, HoldsTheReplayBackUntilThePostsSentAgainAreAnswered) {
  InLobby world;
  world.say("mine");
  world.to_server();
  world.server.say("lobby", "kofi", "meanwhile");
  world.cut();
  world.outcomes.clear();
  world.open();
  world.to_session();
  world.to_server();
  world.to_session();
  const std::string join_and_post = std::exchange(world.sent(), {});
  wire::FrameReader frames;
  frames.add(join_and_post);
  const std::size_t join_bytes = frames.next().value_or("").size() + 1;
  world.server.read(world.peer(), std::string_view(join_and_post).substr(0, join_bytes));
  world.to_session();
  EXPECT_EQ(world.all<Joined>().at(0).coming, 2);
  EXPECT_TRUE(world.all<Shown>().empty()) << "whose the first is, is not known yet";
  world.server.read(world.peer(), std::string_view(join_and_post).substr(join_bytes));
  world.settle();
  EXPECT_FALSE(world.all<Kept>().at(0).was_shown);
  EXPECT_EQ(texts(world.all<Shown>()), std::vector<std::string>{"meanwhile"});
}

TEST(Session, TellsWhyAPostIsRefusedAndGoesOn) {
  InLobby world;
  const PostId post = world.say("too long");
  auto event = refused(proto::Refused::TOO_LONG, "Too\nlong\x1b.");
  proto::Command command;
  wire::FrameReader frames;
  frames.add(world.sent());
  const auto frame = frames.next().value_or("");
  ASSERT_TRUE(command.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
  event.mutable_refused()->set_id(command.post().id());
  world.give(event);
  const auto told = world.all<PostRefused>();
  ASSERT_EQ(told.size(), 1);
  EXPECT_EQ(told[0].post, post);
  EXPECT_EQ(told[0].text, "too long");
  EXPECT_EQ(told[0].words, "Too long\uFFFD.") << "one line, safe to show";
  EXPECT_EQ(world.session.waiting(), 0);
}

TEST(Session, KeepsWhatIsWrittenWithoutALinkAndSendsItInOrder) {
  InLobby world;
  world.cut();
  for (const char* text : {"a", "b", "c"}) world.say(text);
  EXPECT_FALSE(world.session.ask(chat::TakeNick{{"kofi", "kofi"}}, kLobby, world.now))
      << "a question cannot wait";
  world.open();
  world.settle();
  std::vector<std::string> all;
  for (const auto& entry : world.server.rooms["lobby"].entries) all.push_back(entry.text);
  EXPECT_EQ(all, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Session, TakesNoPostForARoomThatIsNotJoined) {
  InLobby world;
  EXPECT_FALSE(world.session.post({"ops"}, chat::Kind::kText, "x", world.now));
}

TEST(Session, RefusesThePostsOfARoomThatIsRefused) {
  Wired world;
  world.session.join(kLobby, {}, world.now);
  ASSERT_TRUE(world.session.post(kLobby, chat::Kind::kText, "x", world.now));
  world.open();
  world.to_session();
  world.to_server();
  world.to_session();
  const std::uint64_t tag = 2;  // after the login's
  EXPECT_GT(world.link().sent(), 0) << "the question for the room";
  auto event = refused(proto::Refused::NOT_INVITED, "By invitation.");
  event.set_tag(tag);
  world.give(event);
  EXPECT_EQ(world.all<JoinRefused>().at(0).why, JoinRefused::Why::kNotInvited);
  EXPECT_EQ(world.all<PostRefused>().size(), 1);
}

TEST(Session, PostsToARoomOnceItHasBeenJoined) {
  InLobby world;
  world.session.join({"@kofi"}, {}, world.now);
  ASSERT_TRUE(world.session.post({"@kofi"}, chat::Kind::kText, "x", world.now));
  world.to_server();
  EXPECT_EQ(world.peer().commands.back().what_case(), proto::Command::kJoin);
  world.settle();
  EXPECT_EQ(world.all<Kept>().at(0).room.text, "@kofi");
}

TEST(Session, IsInARoomThatSomebodyHasOpenedWithIt) {
  InLobby world;
  proto::Event event;
  event.mutable_joined()->set_room_id(77);
  event.mutable_joined()->set_room("@kofi");
  event.mutable_joined()->set_log(5);
  world.give(event);
  EXPECT_EQ(world.all<Joined>().at(0).room.text, "@kofi");
  event.mutable_message()->set_room_id(77);
  event.mutable_message()->set_number(1);
  event.mutable_message()->set_text("psst");
  world.give(event);
  EXPECT_EQ(texts(world.all<Shown>()), std::vector<std::string>{"psst"});
  world.cut();
  world.open();
  world.settle();
  EXPECT_EQ(world.peer().cursors.count("@kofi"), 1) << "and still is on the next link";
}

TEST(Session, SendsNoMoreThanTheLinkTakes) {
  InLobby world;
  world.link().pipe.set_window(ModelLink::kClient, 1, world.now);
  world.say("a");
  const std::size_t bytes = world.link().sent();
  EXPECT_GT(bytes, 0);
  world.say("b");
  EXPECT_EQ(world.link().sent(), bytes) << "the link is full";
  world.session.on_room(world.link().client(), world.now);
  EXPECT_EQ(world.link().sent(), bytes) << "there is no room yet";
  world.to_server();
  world.session.on_room(world.link().client(), world.now);
  world.settle();
  EXPECT_EQ(world.all<Kept>().size(), 2);
}

TEST(Session, TakesInMoreThanAWindow) {
  InLobby world;
  const std::string text(1000, 'x');
  for (std::size_t bytes = 0; bytes < 2 * ModelLink::kWindow; bytes += text.size()) {
    world.server.say("lobby", "kofi", text);
  }
  world.settle();
  EXPECT_EQ(world.all<Shown>().size(), world.server.rooms["lobby"].entries.size());
}

TEST(Session, ListensToTheLinkThatOpenedLast) {
  InLobby world;
  ModelLink& former = world.link();
  world.open();
  ASSERT_TRUE(former.closed());
  EXPECT_EQ(former.closed()->why, "another link");
  world.settle();
  EXPECT_TRUE(world.session.is_online());
  proto::Event event;
  event.mutable_goodbye()->set_why(proto::Goodbye::KICKED);
  const std::string bytes = wire::encode_frame(event);
  world.session.on_bytes(former.client(), bytes, world.now);
  world.session.on_closed(former.client(), {}, world.now);
  EXPECT_TRUE(world.session.is_online());
  world.server.say("lobby", "kofi", "here");
  world.settle();
  EXPECT_TRUE(world.session.is_online()) << "nor later";
}

TEST(Session, ComesBackAfterAServerThatCloses) {
  InLobby world;
  proto::Event event;
  event.mutable_goodbye()->set_why(proto::Goodbye::CLOSING);
  event.mutable_goodbye()->set_words("Back in a minute.");
  world.give(event);
  EXPECT_EQ(world.all<Offline>().at(0).words, "Back in a minute.");
  EXPECT_FALSE(world.session.is_over());
  EXPECT_FALSE(world.session.has_link());
}

TEST(Session, EndsWhereMembersAreNotAdmittedAndWaitsWhereItWasIn) {
  InLobby world;
  world.cut();
  world.open();
  world.give(refused(proto::Refused::OUTSIDE, "From elsewhere."));
  EXPECT_EQ(world.all<Offline>().back().words, "From elsewhere.");
  EXPECT_FALSE(world.session.is_over()) << "it may be back on that network later";
  Wired stranger;
  stranger.open();
  stranger.give(refused(proto::Refused::OUTSIDE, "From elsewhere."));
  const auto ended = stranger.all<Ended>();
  ASSERT_EQ(ended.size(), 1);
  EXPECT_EQ(ended[0].why, Ended::Why::kLoginRefused);
  EXPECT_EQ(ended[0].words, "From elsewhere.");
}

TEST(Session, EndsWhenItIsShownTheDoor) {
  InLobby world;
  proto::Event event;
  event.mutable_goodbye()->set_why(proto::Goodbye::KICKED);
  world.give(event);
  EXPECT_EQ(world.all<Ended>().at(0).why, Ended::Why::kShownTheDoor);
  world.open();
  EXPECT_TRUE(world.link().closed()) << "no link is wanted any more";
}

TEST(Session, EndsInWordsOverNonsense) {
  for (const std::string& nonsense :
       {std::string("\xff\xff\xff\xff\x7f"), std::string("\x02\x0a\x7f"),
        [] {
          proto::Event event;
          event.mutable_challenge()->set_nonce("short");
          return wire::encode_frame(event);
        }(),
        [] {
          proto::Event event;
          event.mutable_welcome();
          return wire::encode_frame(event);
        }()}) {
    Wired world;
    world.open();
    world.give(nonsense);
    EXPECT_EQ(world.all<Ended>().at(0).why, Ended::Why::kNonsense);
    EXPECT_TRUE(world.link().closed());
  }
}

TEST(Session, MakesWhatTheServerSaysSafeToShow) {
  InLobby world;
  world.server.say("lobby", "ko\x1b[31mfi\nawa", "red\x1b[31m\nline");
  world.settle();
  const auto shown = world.all<Shown>();
  ASSERT_EQ(shown.size(), 1);
  EXPECT_EQ(shown[0].line.message.author, "?") << "that is nobody's name";
  EXPECT_EQ(shown[0].line.message.text, "red\uFFFD[31m\nline");
}

TEST(Session, AnswersItsQuestions) {
  InLobby world;
  const auto who = world.session.who(kLobby, world.now);
  ASSERT_TRUE(who);
  world.to_server();
  proto::Event event;
  event.set_tag(world.peer().commands.back().tag());
  event.mutable_present()->set_count(1);
  event.mutable_present()->add_people()->set_name("kofi*");
  event.mutable_present()->mutable_people(0)->set_guest(true);
  world.give(event);
  const auto present = world.all<PresentNow>();
  ASSERT_EQ(present.size(), 1);
  EXPECT_EQ(present[0].question, *who);
  EXPECT_TRUE(present[0].people.at(0).guest);

  const auto page = world.session.read(kLobby, {0}, 9999, world.now);
  ASSERT_TRUE(page);
  world.to_server();
  EXPECT_EQ(world.peer().commands.back().read().count(), Session::kPageLines);
  world.cut();
  EXPECT_EQ(world.all<QuestionRefused>().at(0).question, *page);
}

TEST(Session, AsksForWhatItDoesNotKnowAndIsTold) {
  InLobby world;
  ASSERT_TRUE(world.session.ask(chat::SetTopic{.text = "the tide"}, kLobby, world.now));
  EXPECT_FALSE(world.session.ask(chat::SetTopic{.text = "x"}, {}, world.now)) << "nowhere";
  world.to_server();
  const auto& asked = world.peer().commands.back();
  EXPECT_EQ(asked.set_topic().room(), "lobby");
  proto::Event event;
  event.set_tag(asked.tag());
  auto& changed = *event.mutable_room_changed();
  changed.set_room_id(ModelServer::id_of("lobby"));
  changed.set_words("awa has set the topic");
  changed.mutable_facts()->mutable_topic()->set_text("the tide");
  world.give(event);
  const auto told = world.all<RoomChanged>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].room, kLobby);
  EXPECT_EQ(told[0].facts.topic.text, "the tide");
  EXPECT_TRUE(world.all<QuestionRefused>().empty());
}

TEST(Session, GivesAQuestionUpThatAnOlderServerSkips) {
  InLobby world;
  const auto asked = world.session.ask(chat::SetTopic{.text = "the tide"}, kLobby, world.now);
  ASSERT_TRUE(asked);
  for (int i = 0; i < 40 && world.session.next_deadline(); ++i) {
    world.now = std::max(world.now, *world.session.next_deadline());
    world.session.on_deadline(world.now);
    world.settle();
  }
  const auto refused = world.all<QuestionRefused>();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].question, *asked);
  EXPECT_NE(refused[0].words.find("older version"), std::string::npos);
}

TEST(Session, AsksNoMoreThanSoManyQuestionsAtOnce) {
  InLobby world;
  for (std::size_t i = 0; i < Session::kMostQuestions; ++i) {
    ASSERT_TRUE(world.session.who(kLobby, world.now));
  }
  EXPECT_FALSE(world.session.who(kLobby, world.now));
}

TEST(Session, IsStillAwayOnTheNextLink) {
  InLobby world;
  world.session.set_away("lunch", world.now);
  world.cut();
  world.open();
  world.settle();
  bool said = false;
  for (const auto& command : world.peer().commands) {
    said = said || command.set_away().note() == "lunch";
  }
  EXPECT_TRUE(said);
}

TEST(Session, TellsOfARoomThatBeganAnew) {
  InLobby world;
  world.server.say("lobby", "kofi", "old");
  world.settle();
  world.cut();
  world.outcomes.clear();
  world.server.rooms["lobby"] = {2, {}};
  world.server.say("lobby", "kofi", "new");
  world.open();
  world.settle();
  EXPECT_TRUE(world.all<Missed>().at(0).new_log);
  EXPECT_EQ(texts(world.all<Shown>()), std::vector<std::string>{"new"});
}

}  // namespace
}  // namespace palabre::client
