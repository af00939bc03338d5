#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <sodium/crypto_sign.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/event.h"
#include "wire/frames.h"
#include "wire/login.h"
#include "wire/member_frames.h"
#include "wire/palabre.pb.h"

// Checks docs/protocol-members.md against what the server reads and writes.

namespace palabre::server {
namespace {

enum class From { kClient, kServer };

/// A frame as the page shows it: lines of hex, then the same as JSON.
struct Example {
  From from = From::kClient;
  std::string bytes;
  std::string json;
};

std::vector<std::string> lines_of_page() {
  std::ifstream page(PALABRE_SOURCE_DIR "/docs/protocol-members.md");
  std::vector<std::string> lines;
  for (std::string line; std::getline(page, line);) lines.push_back(line);
  return lines;
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
    if (digits.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  EXPECT_EQ(digits, "") << "half a byte in " << hex;
  return bytes;
}

std::vector<Example> examples() {
  std::vector<Example> found;
  std::optional<From> from;
  bool is_whole = true;
  for (const std::string& line : lines_of_page()) {
    if (line.starts_with("*from the client")) from = From::kClient;
    if (line.starts_with("*from the server")) from = From::kServer;
    if (!line.starts_with("    ")) {
      is_whole = true;
      if (!line.empty() && !line.starts_with("*from the ")) from.reset();
      continue;
    }
    if (!from) continue;
    if (std::exchange(is_whole, false)) found.push_back({*from, {}, {}});
    Example& example = found.back();
    const bool is_json = !example.json.empty() || line.find('{') != std::string::npos;
    is_json ? example.json += line.substr(4) : example.bytes += bytes_of(line);
  }
  return found;
}

std::unique_ptr<google::protobuf::Message> empty_message(From from) {
  if (from == From::kClient) return std::make_unique<proto::Command>();
  return std::make_unique<proto::Event>();
}

TEST(ProtocolPage, HasFramesWhoseBytesAndJsonSayTheSame) {
  const auto all = examples();
  EXPECT_GE(all.size(), 12U);
  for (const Example& example : all) {
    const auto by_json = empty_message(example.from);
    const auto status = google::protobuf::util::JsonStringToMessage(example.json, by_json.get());
    ASSERT_TRUE(status.ok()) << status << " in " << example.json;
    EXPECT_EQ(wire::encode_frame(*by_json), example.bytes) << example.json;

    wire::FrameReader reader;
    reader.add(example.bytes);
    const auto body = reader.next();
    ASSERT_TRUE(body) << example.json;
    const auto by_bytes = empty_message(example.from);
    ASSERT_TRUE(by_bytes->ParseFromArray(body->data(), static_cast<int>(body->size())));
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*by_bytes, *by_json))
        << by_bytes->ShortDebugString() << " is not " << example.json;
    EXPECT_FALSE(reader.next()) << "more than one frame: " << example.json;
  }
}

TEST(ProtocolPage, HasCommandsThatTheServerUnderstands) {
  for (const Example& example : examples()) {
    if (example.from != From::kClient) continue;
    wire::FrameReader reader;
    reader.add(example.bytes);
    const auto asked = wire::decode_command(*reader.next(), {});
    ASSERT_TRUE(asked) << example.json;
    EXPECT_EQ(std::holds_alternative<std::monostate>(asked->what), example.json == "{}");
    const auto* request = std::get_if<chat::Request>(&asked->what);
    EXPECT_FALSE(request != nullptr && std::holds_alternative<chat::NotUnderstood>(*request))
        << example.json;
  }
}

TEST(ProtocolPage, HasEventsAsTheServerWritesThem) {
  constexpr chat::RoomId kOps{7};
  const chat::MessageId second{"5f2c91aa07d3e846.2"};
  wire::Nonce nonce;
  for (std::uint8_t i = 0; i < 32; ++i) nonce.bytes.at(i) = i;
  const std::vector<std::string> written{
      wire::encode_challenge(nonce.bytes, "palabre 0.1.0"),
      wire::encode_event(chat::LoggedIn{"awa", {"bob"}, 1200}, {1}),
      wire::encode_event(chat::Joined{kOps, "ops", 3, {true, {}, {}, {}}}, {2},
                         {{2251799813685249}, {12}}),
      wire::encode_message(kOps, {11}, {chat::Kind::kText, "bob", "the tide is in"},
                           {1795447052375659}),
      wire::encode_message(kOps, {12}, {chat::Kind::kAction, "ana*", "waves\nand goes"},
                           {1795447061000021}),
      wire::encode_event(
          chat::Acknowledged{
              {13}, chat::MessageId{"5f2c91aa07d3e846.1"}, kOps, {1795447069123456}, true},
          {}),
      wire::encode_event(chat::Refused{chat::RoomFrozen{second}}, {4}),
      wire::encode_removed(kOps, chat::NumberRanges({{12}, {13}, {20}})),
  };
  std::vector<std::string> shown;
  for (const Example& example : examples()) {
    if (example.from == From::kServer) shown.push_back(example.bytes);
  }
  EXPECT_EQ(shown, written);
}

/// The values of the block below `*login:*`, by name.
std::map<std::string, std::string> login_values() {
  std::map<std::string, std::string> values;
  bool is_there = false;
  for (const std::string& line : lines_of_page()) {
    if (line.starts_with("*")) is_there = line == "*login:*";
    if (!is_there || !line.starts_with("    ")) continue;
    std::istringstream words(line);
    std::string name;
    std::string hex;
    words >> name >> hex;
    values[name] = bytes_of(hex);
  }
  return values;
}

TEST(ProtocolPage, HasALoginThatIsGood) {
  auto values = login_values();
  const auto copy = [&](const char* name, auto& to) {
    const std::string& value = values[name];
    ASSERT_EQ(value.size(), to.size()) << name;
    std::copy(value.begin(), value.end(), to.begin());
  };
  wire::LoginTo to;
  wire::PublicKey key;
  wire::Signature signature;
  copy("key", key.bytes);
  copy("server", to.server.bytes);
  copy("client", to.client.bytes);
  copy("pin", to.pin);
  copy("exporter", to.exporter.emplace());
  copy("signature", signature.bytes);
  const wire::LoginMessage message = wire::login_message(to);
  EXPECT_TRUE(wire::verify(key, signature, message));

  std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
  copy("secret", seed);
  wire::PublicKey of_secret;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
  crypto_sign_seed_keypair(of_secret.bytes.data(), secret.data(), seed.data());
  EXPECT_EQ(of_secret.bytes, key.bytes);
  wire::Signature signed_here;
  crypto_sign_detached(signed_here.bytes.data(), nullptr, message.data(), message.size(),
                       secret.data());
  EXPECT_EQ(signed_here.bytes, signature.bytes);
}

TEST(ProtocolPage, NamesEveryCommandEventAndReason) {
  std::string page;
  for (const std::string& line : lines_of_page()) page += line + "\n";
  const auto expect_named = [&](const std::string& name) {
    EXPECT_NE(page.find("`" + name + "`"), std::string::npos) << name << " is not on the page";
  };
  for (const auto* kind : {proto::Command::descriptor(), proto::Event::descriptor()}) {
    const auto* what = kind->FindOneofByName("what");
    for (int i = 0; i < what->field_count(); ++i) {
      expect_named(what->field(i)->message_type()->name());
    }
  }
  for (const auto* whys : {proto::Refused::Why_descriptor(), proto::Gap::Why_descriptor(),
                           proto::Goodbye::Why_descriptor()}) {
    for (int i = 0; i < whys->value_count(); ++i) expect_named(whys->value(i)->name());
  }
}

}  // namespace
}  // namespace palabre::server
