#include "base/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sysexits.h>

namespace palabre {
namespace {

Address at(const std::string& ip, std::uint16_t port) { return *Address::parse(ip, port); }

TEST(Address, ShowsIPv4AsTheExerciseDoes) {
  EXPECT_EQ(at("192.168.52.2", 54524).label(), "[192.168.52.2:54524]");
  EXPECT_TRUE(at("192.168.52.2", 1).is_v4());
}

TEST(Address, ShowsAMappedIPv4AddressAsIPv4) {
  EXPECT_EQ(at("::ffff:10.0.0.1", 7).label(), "[10.0.0.1:7]");
  EXPECT_EQ(at("::ffff:10.0.0.1", 7), at("10.0.0.1", 7));
}

TEST(Address, ShowsIPv6InItsShortestForm) {
  EXPECT_EQ(at("2001:0db8:0::1", 5000).label(), "[2001:db8::1:5000]");
  EXPECT_FALSE(at("::1", 1).is_v4());
}

TEST(Address, KeepsTheScopeOfALinkLocalAddress) {
  const Address address = at("fe80::1%lo", 5000);
  EXPECT_NE(address.scope(), 0U);
  EXPECT_FALSE(address == at("fe80::1", 5000));
}

TEST(Address, RefusesWhatIsNoAddressInOneSentence) {
  for (const char* ip :
       {"", "localhost", "1.2.3", "256.0.0.1", "::g", "fe80::1%nosuchif", "10.0.0.1%lo"}) {
    const auto address = Address::parse(ip, 5000);
    ASSERT_FALSE(address) << ip;
    EXPECT_EQ(address.error().exit_code, EX_USAGE);
    EXPECT_EQ(address.error().sentence.find('\n'), std::string::npos);
  }
}

TEST(Address, KnowsItsKind) {
  EXPECT_TRUE(at("::", 0).is_unspecified());
  EXPECT_TRUE(at("0.0.0.0", 0).is_unspecified());
  EXPECT_FALSE(at("0.0.0.1", 0).is_unspecified());
  EXPECT_TRUE(at("127.8.9.10", 0).is_loopback());
  EXPECT_TRUE(at("::1", 0).is_loopback());
  EXPECT_FALSE(at("128.0.0.1", 0).is_loopback());
}

TEST(Address, HashesEqualAddressesEqually) {
  const std::hash<Address> hash;
  EXPECT_EQ(hash(at("10.0.0.1", 7)), hash(at("::ffff:10.0.0.1", 7)));
  EXPECT_NE(hash(at("10.0.0.1", 7)), hash(at("10.0.0.1", 8)));
}

TEST(Address, HasAnIpThatIsTheSameOnEveryPortAndScope) {
  EXPECT_EQ(at("10.0.0.1", 7).ip_bytes(), at("::ffff:10.0.0.1", 8).ip_bytes());
  EXPECT_EQ(at("fe80::1%lo", 7).ip_bytes(), at("fe80::1", 7).ip_bytes());
  EXPECT_NE(at("10.0.0.1", 7).ip_bytes(), at("10.0.0.2", 7).ip_bytes());
}

TEST(Ip, IsReadAndShownInTheShortestForm) {
  EXPECT_EQ(to_text(*Ip::parse("192.168.52.2")), "192.168.52.2");
  EXPECT_EQ(to_text(*Ip::parse("::ffff:10.0.0.1")), "10.0.0.1");
  EXPECT_EQ(to_text(*Ip::parse("2001:0db8:0::1")), "2001:db8::1");
  EXPECT_EQ(to_text(Ip{}), "::");
}

TEST(Ip, KnowsItsFamily) {
  EXPECT_TRUE(Ip::parse("192.168.52.2")->is_v4());
  EXPECT_TRUE(Ip::parse("::ffff:10.0.0.1")->is_v4());
  EXPECT_FALSE(Ip::parse("::1")->is_v4());
}

TEST(Ip, IsReadFromNothingElse) {
  for (const char* text : {"", "localhost", "1.2.3", "256.0.0.1", "::g", "fe80::1%lo", "[::1]"}) {
    EXPECT_EQ(Ip::parse(text), std::nullopt) << text;
  }
}

TEST(Ip, HasAnOrderByItsBytes) {
  EXPECT_LT(*Ip::parse("10.0.0.255"), *Ip::parse("10.0.1.0"));
  EXPECT_LT(*Ip::parse("::1"), *Ip::parse("10.0.0.1"));
}

TEST(Address, SurvivesTheWayThroughAnIPv4Socket) {
  EXPECT_EQ(Address(*at("10.0.0.1", 7).raw_v4()), at("10.0.0.1", 7));
  EXPECT_FALSE(at("2001:db8::a00:1", 7).raw_v4()) << "its last four bytes are not an IPv4 address";
}

}  // namespace
}  // namespace palabre
