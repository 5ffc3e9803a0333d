#include "tools/files/npy_header_parser.h"

#include <charconv>

#include "framework/error.h"
#include "tools/files/in_quotes.h"

namespace fno {
namespace {

class Parser {
 public:
  Parser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  NpyHeader run() {
    NpyHeader header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!take('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr" && !has_descr) {
        header.descr = descr();
        has_descr = true;
      } else if (key == "fortran_order" && !has_order) {
        header.fortran_order = boolean();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        header.shape = shape();
        has_shape = true;
      } else {
        wrong("'descr', 'fortran_order' and 'shape', each once");
      }
      if (!take(',') && peek() != '}') wrong("',' or '}'");
    }
    if (peek() != '\0' || at_ != text_.size()) wrong("nothing after '}'");
    if (!has_descr || !has_order || !has_shape) wrong("all of 'descr', 'fortran_order' and 'shape'");
    return header;
  }

 private:
  [[noreturn]] void wrong(std::string_view accepted) const {
    fail(ErrorKind::data, where_, ": NPY header ", in_quotes(text_), " is wrong at character ", at_, ": accepted is ",
         accepted);
  }

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) wrong(std::string{'\'', c, '\''});
  }

  std::string_view string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') wrong("a quoted text");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) wrong("a text with a closing quote");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }

  /// A quoted type, or the list of a structured type, which is passed over as it stands.
  std::string descr() {
    if (peek() != '[') return std::string(string());
    const std::size_t begin = at_;
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '\0') wrong("a list with a closing ']'");
      if (c == '\'' || c == '"') {
        (void)string();
        continue;
      }
      if (c == '[') ++depth;
      if (c == ']') --depth;
      ++at_;
    } while (depth > 0);
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool boolean() {
    (void)peek();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return word == "True";
    }
    wrong("True or False");
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> extents;
    expect('(');
    while (!take(')')) {
      std::int64_t extent = -1;
      (void)peek();
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (error != std::errc{} || extent < 0) wrong("an extent from 0 to 2^63 - 1");
      at_ = static_cast<std::size_t>(end - text_.data());
      (void)take('L');  // Python 2 wrote long integers as 3L
      extents.push_back(extent);
      if (extents.size() > kMaxHostAxes) wrong("at most 64 axes");
      if (!take(',') && (peek() != ')' || extents.size() == 1)) wrong("',' or ')'");
    }
    return extents;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

/// Sets type, width and byte order of the types that can be read; leaves the type empty for all others.
void resolve_type(NpyHeader& header) {
  const std::string_view descr = header.descr;
  if (descr.size() < 3) return;
  const char order = descr[0], kind = descr[1];
  const std::string_view digits = descr.substr(2);
  std::int64_t size = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc{} || end != digits.data() + digits.size() || size < 0) return;

  constexpr struct {
    char kind;
    std::int64_t size;
    HostType type;
  } kTypes[] = {{'b', 1, HostType::boolean}, {'u', 1, HostType::u8},  {'i', 1, HostType::i8},  {'u', 2, HostType::u16},
                {'i', 2, HostType::i16},     {'u', 4, HostType::u32}, {'i', 4, HostType::i32}, {'u', 8, HostType::u64},
                {'i', 8, HostType::i64},     {'f', 4, HostType::f32}, {'f', 8, HostType::f64}, {'c', 8, HostType::c64},
                {'c', 16, HostType::c128},   {'f', 2, HostType::f16}};
  std::optional<HostType> type;
  for (const auto& known : kTypes)
    if (known.kind == kind && known.size == size) type = known.type;
  if (kind == 'U') type = HostType::text;
  if (!type) return;
  const bool one_byte = kind != 'U' && size == 1;
  if (order != '<' && order != '>' && !(order == '|' && one_byte)) return;
  header.type = type;
  header.big_endian = order == '>';
  header.text_width = kind == 'U' ? size : 0;
}

}  // namespace

NpyHeader parse_npy_dictionary(std::string_view text, const std::string& where) {
  NpyHeader header = Parser(text, where).run();
  resolve_type(header);
  return header;
}

}  // namespace fno
