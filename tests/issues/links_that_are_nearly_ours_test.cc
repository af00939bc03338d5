#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/link_uri.h"

// A link is read as what it is, however it arrives, or refused. Passed over, a part of it is what
// the server would have been checked against.

namespace palabre::wire {
namespace {

const std::string kPin = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const std::string kInvite = "AQIDBAUGBwgJCgsMDQ4P_w";

Target whole() {
  return {
      .server = {"chat.example", 6000}, .room = {"ops"}, .pin = parse_pin(kPin), .invite = kInvite};
}

TEST(ALinkThatIsNearlyOurs, IsReadAsWhatItIs) {
  const std::string place = "chat.example:6000/ops";
  const std::string link = "palabre://" + place + "#pin=" + kPin + ",invite=" + kInvite;
  const std::vector<std::string> forms{
      link,
      "PALABRE://" + place + "#pin=" + kPin + ",invite=" + kInvite,
      "palabre://" + place + "#pin%3D" + kPin + "%2Cinvite%3D" + kInvite,
      "palabre://" + place + "%23pin%3d" + kPin + "%26invite%3d" + kInvite,
      "palabre://Chat.Example:6000/%6Fps#pin=" + kPin + ";invite=" + kInvite,
      "palabre://" + place + "#pin=" + kPin + "&invite=" + kInvite,
      place + "#pin=" + kPin + "&invite=" + kInvite,
      "<" + link + ">",
      "(" + link + ").",
      "\"" + link + "\",",
      "  " + link + "\r\n",
      "\xEF\xBB\xBF" + link,
      link + "!",
  };
  for (const std::string& form : forms) {
    const auto target = parse_target(form);
    ASSERT_TRUE(target) << form << ": " << target.error().sentence;
    EXPECT_EQ(*target, whole()) << form;
  }
}

TEST(ALinkThatIsNearlyOurs, IsRefusedWhereAPartOfItIsNotUnderstood) {
  const std::string link = "palabre://chat.example/ops#";
  for (const std::string& fragment :
       {std::string(), "pim=" + kPin, "pin=" + kPin + ",pin=" + kPin, "pin=" + kPin + ",later=1",
        "PIN=" + kPin, "pin:" + kPin, "pin" + kPin, kPin, "pin=" + kPin.substr(1),
        "pin=" + kPin + ",invite=", "pin=" + kPin + "invite=" + kInvite}) {
    EXPECT_FALSE(parse_target(link + fragment)) << fragment;
  }
  for (const char* text : {"palabre:/chat.example/ops", "palabre:chat.example",
                           "palabre:", "palabre:///ops", "palabre://"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
  EXPECT_EQ(parse_target("palabre:5001")->server, (ServerName{"palabre", 5001})) << "a host";
}

TEST(ALinkThatIsNearlyOurs, IsNeverShownWithItsInvite) {
  const std::string secret = kInvite;
  for (const std::string& text :
       {"palabre://chat.example/a b#invite=" + secret,
        "palabre://chat.example/a b,invite=" + secret, "palabre://chat example#invite=" + secret,
        "palabre:chat.example#invite=" + secret, "chat.example/a b#invite%3D" + secret,
        "chat.example/a b&invite=" + secret, "palabre://chat.example/ops#invit=" + secret,
        "palabre://chat.example/ops#" + secret, "palabre://chat.example/ops/invite=" + secret,
        "/a binvite=" + secret}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().sentence.find(secret), std::string::npos) << target.error().sentence;
  }
  EXPECT_EQ(without_secrets("no palabre://h/r#pin=x,invite=" + secret + " here"),
            "no palabre://h/r#pin=x,invite=... here");
  EXPECT_EQ(without_secrets("--since 2h, a=b"), "--since 2h, a=b");
}

TEST(ALinkThatIsNearlyOurs, IsMadeInLettersThatNoShellCuts) {
  const std::string link = to_link(whole());
  EXPECT_EQ(link.find_first_of("&;|<>()$`\\\"' *?[]~"), std::string::npos) << link;
  EXPECT_EQ(parse_target(link).value(), whole());
  Target dotted = whole();
  dotted.pin.reset();
  dotted.invite.reset();
  dotted.room = {"v1."};
  EXPECT_EQ(parse_target(to_link(dotted) + ".").value(), dotted) << "at the end of a sentence";
}

TEST(AHost, HasItsInterfaceAsItIsWritten) {
  for (const char* text : {"[FE80::A%enX0]:5600", "[fe80::a%25enX0]:5600",
                           "palabre://[fe80::a%25enX0]:5600", "palabre://[fe80::a%enX0]:5600"}) {
    const auto target = parse_target(text);
    ASSERT_TRUE(target) << text << ": " << target.error().sentence;
    EXPECT_EQ(target->server, (ServerName{"fe80::a%enX0", 5600})) << text;
  }
  EXPECT_EQ(parse_target("[fe80::a%25]")->server.host, "fe80::a%25")
      << "the interface of number 25";
}

TEST(AHost, MayBeInLettersOfAnyLanguage) {
  EXPECT_EQ(parse_target("café.example")->server.host, "xn--caf-dma.example");
  EXPECT_EQ(parse_target("CAFÉ.Example:5001/ops")->server.host, "xn--caf-dma.example");
  EXPECT_EQ(parse_target("palabre://caf%C3%A9.example")->server.host, "xn--caf-dma.example");
  EXPECT_EQ(parse_target("cafe\xCC\x81.example")->server.host, "xn--caf-dma.example");
  EXPECT_FALSE(parse_target("a\xE2\x80\x8B.example/\xE2")) << "half a letter";
  EXPECT_FALSE(parse_target("-é.example"));
}

}  // namespace
}  // namespace palabre::wire
