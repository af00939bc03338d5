#include "wire/link_uri.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace palabre::wire {
namespace {

const std::string kPin = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const std::string kInvite = "AQIDBAUGBwgJCgsMDQ4P_w";

/// `HOST:PORT/ROOM`, or the error.
std::string read(const std::string& text) {
  const auto target = parse_target(text, {"home", 5001});
  if (!target) return target.error().sentence;
  return to_text(target->server) + "/" + target->room.text;
}

TEST(Target, IsAHostAPortAndARoomOfWhichSomeMayBeLeftOut) {
  EXPECT_EQ(read("chat.example"), "chat.example:5000/lobby");
  EXPECT_EQ(read("Chat.Example:6000"), "chat.example:6000/lobby");
  EXPECT_EQ(read("10.0.0.1/ops"), "10.0.0.1:5000/ops");
  EXPECT_EQ(read("localhost:5002/Équipe-2"), "localhost:5002/équipe-2");
  EXPECT_EQ(read("[::1]"), "[::1]:5000/lobby");
  EXPECT_EQ(read("[FE80::1%eth0]:5002/ops"), "[fe80::1%eth0]:5002/ops");
  EXPECT_EQ(read("/ops"), "home:5001/ops");
  EXPECT_EQ(read("/#ops"), "home:5001/ops");
  EXPECT_EQ(read("host/"), "host:5000/lobby");
  EXPECT_EQ(read("/"), "home:5001/lobby");
  EXPECT_EQ(read(""), "home:5001/lobby");
  EXPECT_EQ(parse_target("/ops")->server, (ServerName{"localhost", 5000}));
}

TEST(Target, SaysWhatIsWrongAndWhatToWrite) {
  const auto says = [](const std::string& text, const std::string& part) {
    EXPECT_NE(read(text).find(part), std::string::npos) << text << ": " << read(text);
  };
  for (const char* port : {"h:", "h:0", "h:65536", "h:5x", "h:-1", "[::1]:", "h: 5"}) {
    says(port, "from 1 to 65535");
  }
  for (const char* host : {":5000", "a b", "ana@host", "h\n", "[]", "h?x", "é .example"}) {
    says(host, "names no host");
  }
  says("::1", "[::1]:5000");
  says("fe80::1/ops", "[::1]:5000");
  says("[::1", "not closed");
  says("[::1]5000", "after the bracket");
  says("h/a b", "the room name is not valid");
  says("h/.registry", "the room name is not valid");
  says("h/ops/more", "the room name is not valid");
  says(std::string(254, 'h'), "names no host");
  says("h/a b", "write HOST, HOST:PORT, HOST/ROOM, /ROOM, or a link");
}

TEST(Target, HasAServerThatCanBeNamedAlone) {
  EXPECT_EQ(parse_server("Chat.Example", 6000).value(), (ServerName{"chat.example", 6000}));
  EXPECT_EQ(parse_server("[::1]:7000", 6000).value(), (ServerName{"::1", 7000}));
  for (const char* text : {"", "/ops", "h/ops", "palabre://h", "::1", "h:0", "h x"}) {
    EXPECT_FALSE(parse_server(text, 6000)) << text;
  }
}

TEST(Target, IsALinkWithAPinAndAnInvite) {
  const auto target =
      parse_target("palabre://Host:6000/%C3%89quipe-2#pin=" + kPin + "&invite=" + kInvite);
  ASSERT_TRUE(target) << target.error().sentence;
  EXPECT_EQ(target->server, (ServerName{"host", 6000}));
  EXPECT_EQ(target->room.text, "équipe-2");
  EXPECT_EQ(target->pin, parse_pin(kPin));
  EXPECT_EQ(target->invite, kInvite);
  EXPECT_EQ(read("palabre://[::1]:6000#pin=" + kPin), "[::1]:6000/lobby");
  EXPECT_EQ(read("palabre://host/ops"), "host:5000/ops");
}

TEST(Target, IsNoLinkThatIsDamaged) {
  const std::string link = "palabre://host/ops#";
  for (const std::string& fragment :
       {std::string("pin="), "pin=" + kPin.substr(1), std::string("pin"),
        "pin=" + kPin + "&pin=" + kPin, "pin=" + kPin + "=", "invite=" + kInvite.substr(1),
        std::string("invite="), "invite=" + kInvite + "&invite=" + kInvite}) {
    EXPECT_NE(read(link + fragment).find("in the link is damaged"), std::string::npos) << fragment;
  }
  for (const char* room : {"%", "%4", "%4g", "a%20b", "a%00b"}) {
    EXPECT_NE(read("palabre://host/" + std::string(room)).find("is not a valid address"),
              std::string::npos)
        << room;
  }
  EXPECT_NE(read("palabre:///ops").find("names no host"), std::string::npos);
}

TEST(Target, ShowsNoSecretOfALinkInItsErrors) {
  const std::string said = read("palabre://host/a b#invite=" + kInvite);
  EXPECT_NE(said.find("is not a valid address"), std::string::npos);
  EXPECT_EQ(said.find(kInvite), std::string::npos) << said;
}

TEST(Target, IsReadFromTheLinkToIt) {
  Target target{.server = {"::1", 6000}, .room = {"équipe-2"}};
  EXPECT_EQ(to_link(target), "palabre://[::1]:6000/%C3%A9quipe-2");
  target.pin = parse_pin(kPin);
  target.invite = kInvite;
  EXPECT_EQ(parse_target(to_link(target)).value(), target);
  target.pin.reset();
  EXPECT_EQ(to_link(target), "palabre://[::1]:6000/%C3%A9quipe-2#invite=" + kInvite);
}

RC_GTEST_PROP(TargetProperty, IsReadOrRefusedWhateverIsWritten, (const std::string& text)) {
  for (const std::string& all : {text, "palabre://" + text, "palabre://h/" + text}) {
    const auto target = parse_target(all);
    if (target) RC_ASSERT(parse_target(to_link(*target)).value() == *target);
  }
}

}  // namespace
}  // namespace palabre::wire
