#include "wire/member_frames.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "wire/clean.h"
#include "wire/frames.h"
#include "wire/invite.h"
#include "wire/log_entries.h"
#include "wire/names.h"
#include "wire/palabre.pb.h"

namespace palabre::wire {
namespace {

using proto::Refused;

constexpr WallTime kNow{5'000'000};

template <typename What>
What nothing() {
  return {};
}
template <>
chat::ReadPast nothing() {
  return {.what = chat::ReadPast::Last{}};
}

template <typename What>
What decode(const proto::Command& command) {
  const auto asked = decode_command(command.SerializeAsString(), kNow);
  const auto* request = asked ? std::get_if<chat::Request>(&asked->what) : nullptr;
  const What* what = request ? std::get_if<What>(request) : nullptr;
  EXPECT_NE(what, nullptr);
  return what ? *what : nothing<What>();
}

template <typename Refusal>
Refusal refusal_of(const proto::Command& command) {
  const auto mistake = decode<chat::NotUnderstood>(command);
  const auto* refusal = std::get_if<Refusal>(&mistake.refusal);
  EXPECT_NE(refusal, nullptr);
  return refusal ? *refusal : Refusal{};
}

std::string name_of(const chat::RoomRef& room) {
  const auto* direct = std::get_if<chat::Direct>(&room);
  return direct ? "@" + direct->with.shown : std::get<chat::RoomName>(room).text;
}

proto::Event event_of(const std::string& frame) {
  FrameReader reader;
  reader.add(frame);
  const auto body = reader.next();
  proto::Event event;
  EXPECT_TRUE(body && event.ParseFromArray(body->data(), static_cast<int>(body->size())));
  EXPECT_EQ(reader.next(), std::nullopt) << "one frame";
  return event;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

proto::Command post(const std::string& room, const std::string& id, const std::string& text) {
  proto::Command command;
  command.set_tag(3);
  command.mutable_post()->set_room(room);
  command.mutable_post()->set_id(id);
  command.mutable_post()->set_text(text);
  return command;
}

TEST(MemberFrames, HaveTheBytesThatTheProtocolSays) {
  EXPECT_EQ(hex(encode_frame(post("lobby", "a-1", "salut !"))),
            "19"                    // 25 bytes follow
            "0803"                  // tag 3
            "2a15"                  // post, 21 bytes
            "0a056c6f626279"        // room
            "1203612d31"            // id
            "220773616c75742021");  // text
  EXPECT_EQ(hex(encode_event(chat::Acknowledged{{9}, chat::MessageId{"a-1"}, {1}, {1}, true}, {})),
            "0f3a0d"
            "0801"
            "1009"
            "1a03612d31"
            "2001"
            "2801");
  EXPECT_EQ(hex(encode_pong({7})), "0408077200");
}

TEST(MemberFrames, SayWhoLogsIn) {
  proto::Command command;
  auto& login = *command.mutable_login();
  login.set_key(std::string(32, 'k'));
  login.set_nonce(std::string(32, 'n'));
  login.set_signature(std::string(64, 's'));
  login.set_nick("Ana");
  const auto asked = decode_command(command.SerializeAsString(), kNow);
  ASSERT_TRUE(asked);
  const auto* proof = std::get_if<LoginProof>(&asked->what);
  ASSERT_NE(proof, nullptr);
  EXPECT_EQ(proof->key.bytes[31], 'k');
  EXPECT_EQ(proof->nonce[31], 'n');
  EXPECT_EQ(proof->signature[63], 's');
  EXPECT_EQ(proof->nick->shown, "Ana");
  login.set_nick("no good");
  refusal_of<chat::BadNick>(command);
  login.set_nick("");
  EXPECT_FALSE(std::get<LoginProof>(decode_command(command.SerializeAsString(), kNow)->what).nick);
  for (const std::size_t size : {0, 31, 33}) {
    auto wrong = command;
    wrong.mutable_login()->set_key(std::string(size, 'k'));
    refusal_of<chat::NotLoggedIn>(wrong);
    wrong = command;
    wrong.mutable_login()->set_nonce(std::string(size, 'n'));
    refusal_of<chat::NotLoggedIn>(wrong);
    wrong = command;
    wrong.mutable_login()->set_signature(std::string(size, 's'));
    refusal_of<chat::NotLoggedIn>(wrong);
  }
}

TEST(MemberFrames, SayWhoEntersWhereAndFromWhereOn) {
  proto::Command command;
  auto& join = *command.mutable_join();
  join.set_room("#Ops");
  join.set_last(3);
  auto entered = decode<chat::Join>(command);
  EXPECT_EQ(name_of(entered.room), "ops");
  EXPECT_FALSE(entered.start.after);
  EXPECT_EQ(entered.start.last, 3U);
  EXPECT_FALSE(entered.invite);
  EXPECT_EQ(entered.at, kNow);
  join.mutable_after()->set_log(5);
  join.mutable_after()->set_number(6);
  join.set_room("@bob");
  const InviteToken token{{1, 2, 3}};
  join.set_invite(to_text(token));
  entered = decode<chat::Join>(command);
  EXPECT_EQ(name_of(entered.room), "@bob");
  EXPECT_EQ(entered.start.after, (chat::Cursor{{5}, {6}}));
  EXPECT_EQ(entered.invite, hash_of(token));
  join.set_invite("no token");
  EXPECT_EQ(decode<chat::Join>(command).invite, chat::InviteHash{}) << "one that nobody has made";
  for (const std::string room : {"", "no room", "@", "@no nick", ".registry"}) {
    join.set_room(room);
    refusal_of<chat::BadRoomName>(command);
  }
}

TEST(MemberFrames, SayWhatIsPosted) {
  auto command = post("lobby", "a-1", "one\r\n\x1b[2Jtwo\n\n");
  command.mutable_post()->set_kind(proto::ACTION);
  const auto said = decode<chat::Post>(command);
  EXPECT_EQ(name_of(said.room.value()), "lobby");
  EXPECT_EQ(said.kind, chat::Kind::kAction);
  EXPECT_EQ(said.text, clean(said.text).text) << "it is safe to show";
  EXPECT_EQ(said.text.find('\x1b'), std::string::npos);
  EXPECT_FALSE(said.text.ends_with('\n'));
  EXPECT_EQ(said.id, chat::MessageId{"a-1"});
  command.mutable_post()->set_kind(static_cast<proto::Kind>(77));
  EXPECT_EQ(decode<chat::Post>(command).kind, chat::Kind::kText);
}

TEST(MemberFrames, NameThePostThatIsNoGood) {
  for (const std::string text : {"", " \n ", "\n\n"}) {
    EXPECT_EQ(refusal_of<chat::NothingSaid>(post("lobby", "a-1", text)).id, chat::MessageId{"a-1"});
  }
  const auto not_joined = refusal_of<chat::NotJoined>(post("no room\x1b", "a-1", "text"));
  EXPECT_EQ(not_joined.id, chat::MessageId{"a-1"});
  EXPECT_EQ(not_joined.room, clean("no room\x1b").text);
  for (const std::string& id :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a\n"),
        std::string("\xC3\xA9"), std::string(1, '\0')}) {
    refusal_of<chat::BadMessageId>(post("lobby", id, "text"));
  }
}

TEST(MemberFrames, SayWhatARoomIsAbout) {
  proto::Command command;
  command.mutable_set_topic()->set_room("ops");
  command.mutable_set_topic()->set_text(" the\n\x1btide ");
  const auto set = decode<chat::SetTopic>(command);
  EXPECT_EQ(name_of(set.room.value()), "ops");
  EXPECT_EQ(set.text, "the \uFFFDtide") << "one line, safe to show";
  proto::Command again;
  EXPECT_EQ(fill(again, set), proto::Event::kRoomChanged);
  EXPECT_EQ(again.set_topic().text(), set.text);
  EXPECT_EQ(again.set_topic().room(), "ops");
  command.mutable_set_topic()->set_room("");
  refusal_of<chat::BadRoomName>(command);
}

TEST(MemberFrames, TellTheFactsOfARoomToClientsThatDoNotTrustThem) {
  const chat::RoomFacts facts{true, {"the tide", "ana*"}};
  const std::string frame =
      encode_event(chat::RoomChanged{{7}, "ops", facts.topic, facts}, chat::Tag{3});
  FrameReader reader;
  reader.add(frame);
  proto::Event event;
  const auto body = reader.next();
  ASSERT_TRUE(body && event.ParseFromArray(body->data(), static_cast<int>(body->size())));
  EXPECT_EQ(event.room_changed().room_id(), 7U);
  EXPECT_EQ(event.room_changed().words(), "ana* has set the topic of ops: the tide");
  EXPECT_EQ(facts_of(event.room_changed().facts()), facts);
  auto& topic = *event.mutable_room_changed()->mutable_facts()->mutable_topic();
  topic.set_text("a\n\x1b[2J" + std::string(60'000, 'x'));
  topic.set_by("b\nob");
  const chat::Topic shown = facts_of(event.room_changed().facts()).topic;
  EXPECT_LE(shown.text.size(), 2 * chat::Topic::kMostBytes + 10);
  EXPECT_EQ(shown.text.find_first_of("\n\x1b"), std::string::npos);
  EXPECT_EQ(shown.by, "b ob");
}

TEST(MemberFrames, SayWithWhomToSpeakAlone) {
  using What = chat::Contact::What;
  for (const What what :
       {What::kAccept, What::kBlock, What::kUnblock, What::kRequests, What::kBlocked}) {
    proto::Command command;
    chat::Contact contact{what, {}};
    if (!is_list(what)) contact.with = parse_nick("Bob");
    EXPECT_EQ(fill(command, contact), proto::Event::kContacts);
    const auto read = decode<chat::Contact>(command);
    EXPECT_EQ(read.what, what);
    EXPECT_EQ(read.with, contact.with);
  }
  proto::Command command;
  command.mutable_contact()->set_nick("bob");
  refusal_of<chat::UnknownCommand>(command);
  command.mutable_contact()->set_what(static_cast<proto::Contact::What>(77));
  refusal_of<chat::UnknownCommand>(command);
  command.mutable_contact()->set_what(proto::Contact::BLOCK);
  command.mutable_contact()->set_nick("-");
  refusal_of<chat::BadNick>(command);
}

TEST(MemberFrames, TellTheBeginningOfARequest) {
  const std::string text = std::string(199, 'x') + "\u00E9 and so on";
  FrameReader reader;
  reader.add(encode_event(chat::AskedToWrite{"bob", {1}, text}, {}));
  proto::Event event;
  const auto body = reader.next();
  ASSERT_TRUE(body && event.ParseFromArray(body->data(), static_cast<int>(body->size())));
  EXPECT_EQ(event.asked_to_write().nick(), "bob");
  EXPECT_TRUE(event.asked_to_write().text().starts_with(std::string(199, 'x')));
  EXPECT_LE(event.asked_to_write().text().size(), 203U);
}

TEST(MemberFrames, SayTheRest) {
  proto::Command command;
  command.mutable_leave()->set_room("ops");
  EXPECT_EQ(name_of(decode<chat::Leave>(command).room.value()), "ops");
  command.mutable_leave()->set_room("");
  refusal_of<chat::BadRoomName>(command);
  command.mutable_who()->set_room("ops");
  EXPECT_EQ(name_of(decode<chat::Who>(command).room.value()), "ops");
  command.mutable_who()->set_room("");
  refusal_of<chat::BadRoomName>(command);
  command.mutable_take_nick()->set_nick("Bob");
  EXPECT_EQ(decode<chat::TakeNick>(command).nick, *parse_nick("Bob"));
  command.mutable_take_nick()->set_nick("-");
  refusal_of<chat::BadNick>(command);
  command.mutable_quit();
  decode<chat::Quit>(command);
  command.mutable_ping();
  command.set_tag(9);
  const auto asked = decode_command(command.SerializeAsString(), kNow);
  EXPECT_TRUE(asked && std::holds_alternative<Ping>(asked->what) && asked->tag.value == 9);
}

TEST(MemberFrames, AskForPagesOfASize) {
  proto::Command command;
  auto& page = *command.mutable_read();
  page.set_room("ops");
  page.set_after(40);
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes{
      {0, 1}, {1, 1}, {200, 200}, {201, 200}, {~0U, 200}};
  for (const auto& [asked, given] : sizes) {
    page.set_count(asked);
    const auto read = decode<chat::ReadPast>(command);
    EXPECT_EQ(name_of(read.room.value()), "ops");
    const auto* const asked_for = std::get_if<chat::ReadPast::Page>(&read.what);
    ASSERT_NE(asked_for, nullptr);
    EXPECT_EQ(asked_for->count, given);
    EXPECT_EQ(asked_for->after, chat::Number{40});
  }
  page.set_room("no room");
  refusal_of<chat::BadRoomName>(command);
}

TEST(MemberFrames, KeepANoteShortAndOnOneLine) {
  proto::Command command;
  std::string note = "back\nsoon ";
  for (int i = 0; i < 100; ++i) note += "\xC3\xA9\xE2\x82\xAC";
  command.mutable_set_away()->set_note(note);
  const auto set = decode<chat::SetAway>(command);
  EXPECT_TRUE(set.note.starts_with("back soon "));
  EXPECT_LE(set.note.size(), 203U);
  EXPECT_EQ(set.note, clean(set.note).text);
}

TEST(MemberFrames, IgnoreWhatIsOfAnotherVersion) {
  const std::string tag_and_field_99("\x08\x05\x9A\x06\x01x", 6);
  const auto asked = decode_command(tag_and_field_99, kNow);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->tag.value, 5U);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(asked->what));
  EXPECT_TRUE(decode_command("", kNow)) << "nothing is asked";
  EXPECT_FALSE(decode_command("\xFF", kNow)) << "that is no command";
}

TEST(MemberFrames, SayWhyAndOfWhichPost) {
  const std::optional<chat::MessageId> id = chat::MessageId{"a-1"};
  const std::vector<std::pair<chat::Refusal, Refused::Why>> refusals{
      {chat::NotLoggedIn{}, Refused::LOGIN},
      {chat::NickInUse{"ana"}, Refused::NICK_TAKEN},
      {chat::NickMissing{}, Refused::BAD_NICK},
      {chat::TooManyNicks{4}, Refused::BAD_NICK},
      {chat::BadNick{}, Refused::BAD_NICK},
      {chat::BadRoomName{}, Refused::BAD_ROOM},
      {chat::LooksLikeRoom{{"0ps"}, {"ops"}}, Refused::BAD_ROOM},
      {chat::NotFromHere{}, Refused::OUTSIDE},
      {chat::NotInvited{{"ops"}, chat::NotInvited::Why::kSpent}, Refused::NOT_INVITED},
      {chat::NoSuchMember{"ana"}, Refused::NO_SUCH_MEMBER},
      {chat::NotJoined{"ops", id}, Refused::NOT_JOINED},
      {chat::TooManyRooms{5}, Refused::TOO_MANY_ROOMS},
      {chat::InTooManyRooms{5}, Refused::TOO_MANY_ROOMS},
      {chat::LineTooLong{1300, 1200, id}, Refused::TOO_LONG},
      {chat::RoomFrozen{id}, Refused::FROZEN},
      {chat::CannotKeep{chat::Trouble::kDiskFull, id}, Refused::CANNOT_KEEP},
      {chat::CannotKeep{chat::Trouble::kDamagedId, id}, Refused::BAD_ID},
      {chat::CannotKeep{chat::Trouble::kTooManyRooms, id}, Refused::TOO_MANY_ROOMS},
      {chat::NotRecorded{}, Refused::CANNOT_KEEP},
      {chat::NotRecorded{chat::Trouble::kTooManyRooms}, Refused::TOO_MANY_ROOMS},
      {chat::TooManyRenames{}, Refused::TOO_FAST},
      {chat::TooFast{}, Refused::TOO_FAST},
      {chat::Muted{id}, Refused::MUTED},
      {chat::ServerFull{5}, Refused::FULL},
      {chat::BadMessageId{}, Refused::BAD_ID},
      {chat::NothingSaid{id}, Refused::OTHER},
  };
  for (const auto& [refusal, why] : refusals) {
    const auto event = event_of(encode_event(chat::Refused{refusal}, {4}));
    EXPECT_EQ(event.tag(), 4U);
    EXPECT_EQ(event.refused().why(), why);
    EXPECT_FALSE(event.refused().words().empty());
    EXPECT_EQ(event.refused().words().find("a-1"), std::string::npos)
        << "it says nothing to people";
    const bool names_a_post = std::visit(
        [](const auto& one) {
          return requires { one.id; };
        },
        refusal);
    EXPECT_EQ(event.refused().id(), names_a_post ? "a-1" : "") << event.refused().words();
  }
  EXPECT_EQ(event_of(encode_event(chat::Refused{chat::NotJoined{"ops", id}}, {})).refused().room(),
            "ops");
}

TEST(MemberFrames, AreNoneOfWhatIsForGuests) {
  EXPECT_EQ(encode_event(chat::HelpText{}, {}), "");
  EXPECT_EQ(encode_event(chat::AcksSet{}, {}), "");
}

template <typename Event, typename... Listed>
constexpr std::size_t times_listed(const std::variant<Listed...>* /*events*/) {
  return (std::size_t{std::is_same_v<Event, Listed>} + ...);
}
template <typename Event, typename... Listed>
constexpr std::size_t times_listed(const std::tuple<Listed...>* /*events*/) {
  return (std::size_t{std::is_same_v<Event, Listed>} + ...);
}
constexpr const chat::Event* kAllEvents = nullptr;
constexpr const GuestsOnly* kGuestsOnly = nullptr;

template <typename Event>
void expect_a_form_or_a_place_on_the_list(std::set<proto::Event::WhatCase>& forms) {
  SCOPED_TRACE(typeid(Event).name());
  const std::string frame = encode_event(chat::Event{Event{}}, {7});
  EXPECT_EQ(frame.empty(), times_listed<Event>(kGuestsOnly) == 1);
  if (frame.empty()) return;
  const proto::Event event = event_of(frame);
  EXPECT_EQ(event.tag(), 7);
  EXPECT_NE(event.what_case(), proto::Event::WHAT_NOT_SET) << "an empty frame says nothing";
  EXPECT_TRUE(forms.insert(event.what_case()).second) << "two events have one form";
}

template <std::size_t... At>
void expect_forms_of_all(std::index_sequence<At...> /*alternatives*/) {
  std::set<proto::Event::WhatCase> forms;
  (expect_a_form_or_a_place_on_the_list<std::variant_alternative_t<At, chat::Event::variant>>(
       forms),
   ...);
}

template <std::size_t... At>
constexpr bool all_are_events(std::index_sequence<At...> /*places*/) {
  return ((times_listed<std::tuple_element_t<At, GuestsOnly>>(kAllEvents) == 1) && ...);
}

TEST(MemberFrames, HaveAFormForEachEventThatIsNotForGuestsAlone) {
  expect_forms_of_all(std::make_index_sequence<std::variant_size_v<chat::Event::variant>>());
  static_assert(all_are_events(std::make_index_sequence<std::tuple_size_v<GuestsOnly>>()));
}

TEST(AuthorId, IsWrittenAsItIsRead) {
  for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{0xA1}, ~std::uint64_t{0}}) {
    EXPECT_EQ(parse_author_id(to_text(chat::AuthorId{id})).value, id);
  }
  EXPECT_EQ(to_text(chat::AuthorId{0xA1}), "00000000000000a1");
  EXPECT_EQ(to_text(chat::AuthorId{}), "");
  for (const char* text : {"", "a1", "00000000000000A1", "0x000000000000a1", "00000000000000a1 "}) {
    EXPECT_EQ(parse_author_id(text), chat::AuthorId{}) << text;
  }
}

TEST(EncodeMessage, HasTheAuthorsId) {
  const auto message =
      event_of(encode_message({1}, {2}, {chat::Kind::kText, "ana", "x", {0xA1}}, {})).message();
  EXPECT_EQ(message.author_id(), "00000000000000a1");
  EXPECT_EQ(event_of(encode_message({1}, {2}, {chat::Kind::kText, "ana*", "x"}, {}))
                .message()
                .author_id(),
            "");
}

TEST(EncodeMessage, HasNoAuthorWhereTheMessageWasRemoved) {
  const auto message = event_of(encode_message({1}, {2}, chat::removed_message(), {})).message();
  EXPECT_EQ(message.kind(), proto::REMOVED);
  EXPECT_EQ(message.author(), "");
  EXPECT_EQ(message.text(), "(removed)") << "for a client that does not know the kind";
}

TEST(EncodeRemoved, FitsAFrameHoweverManyRangesThereAre) {
  chat::NumberRanges removed;
  for (std::uint64_t i = 0; i < chat::NumberRanges::kMost; ++i) {
    const std::uint64_t number = ~std::uint64_t{0} - 3 * i;
    removed.add({{number}, {number}});
  }
  const std::string frame = encode_removed({~std::uint64_t{0}}, removed);
  EXPECT_LT(frame.size(), kMostFrameBytes);
  EXPECT_EQ(event_of(frame).removed().removed_size(), 256);
  EXPECT_FALSE(event_of(frame).removed().reread());
  removed.add({{1}, {1}});
  const auto event = event_of(encode_removed({1}, removed));
  EXPECT_EQ(event.removed().removed_size(), 1);
  EXPECT_TRUE(event.removed().reread());
}

class PastTest : public testing::Test {
 protected:
  void say(const std::string& text) {
    slice.entries.emplace_back(chat::PastMessage{
        {++last},
        std::make_shared<const chat::Message>(chat::Message{chat::Kind::kText, "ana", text})});
  }
  void miss() {
    ++last;
    slice.entries.emplace_back(chat::Missing{{last}, {last}, chat::Missing::Why::kDamaged});
  }
  proto::Past past(std::uint32_t most) {
    const std::string frame = encode_past(slice, most, {});
    EXPECT_LE(frame.size(), kMostFrameBytes + 3);
    return event_of(frame).past();
  }
  std::uint64_t last = 0;
  chat::Slice slice{{}, {1}, {0}, {0}, {}};
};

TEST_F(PastTest, HasAsManyMessagesAsWereAskedFor) {
  say("a");
  miss();
  say("b");
  say("c");
  const auto page = past(2);
  EXPECT_EQ(page.messages_size(), 2);
  EXPECT_EQ(page.gaps_size(), 1);
  EXPECT_EQ(page.up_to(), 3U);
}

TEST_F(PastTest, FitsAFrameWhateverTheSliceHas) {
  for (int i = 0; i < 100; ++i) say(std::string(1100, 'x'));
  const auto page = past(200);
  EXPECT_GT(page.messages_size(), 40);
  EXPECT_EQ(page.up_to(), static_cast<std::uint64_t>(page.messages_size()));
}

TEST_F(PastTest, FitsAFrameWhateverIsMissing) {
  for (int i = 0; i < 1000; ++i) {
    say(std::string(10, 'x'));
    miss();
  }
  const auto page = past(200);
  EXPECT_EQ(page.up_to(), static_cast<std::uint64_t>(page.messages_size() + page.gaps_size()));
  slice.entries.clear();
  last = 0;
  for (int i = 0; i < 3000; ++i) miss();
  EXPECT_GT(past(200).gaps_size(), 200);
}

}  // namespace
}  // namespace palabre::wire
