#include "tools/files/formats/hdf5_attributes.h"

#include <cstring>
#include <sstream>
#include <vector>

#include "tools/files/formats/hdf5_types.h"

namespace fno {
namespace {

constexpr std::size_t kMost = 1000;            // attributes in all
constexpr hssize_t kMostValues = 64;           // of one
constexpr std::size_t kLongestText = 1 << 16;  // of one string

template <class T>
void print(hid_t attribute, hid_t type, std::size_t count, std::ostream& out) {
  std::vector<T> values(count);
  if (H5Aread(attribute, type, values.data()) < 0) return;
  for (std::size_t i = 0; i < count; ++i) out << (i == 0 ? "" : ", ") << +values[i];
}

void print_strings(hid_t attribute, const Hdf5Type& stored, hid_t space, std::size_t count, std::ostream& out) {
  const auto print_one = [&](std::size_t i, const char* text, std::size_t most) {
    out << (i == 0 ? "" : ", ") << (text == nullptr ? "" : std::string(text, ::strnlen(text, most)));
  };
  if (stored.type) {
    if (stored.size > kLongestText) return;
    std::vector<char> texts(count * stored.size);
    if (H5Aread(attribute, stored.memory, texts.data()) < 0) return;
    for (std::size_t i = 0; i < count; ++i) print_one(i, texts.data() + i * stored.size, stored.size);
    return;
  }
  // Of any length: the library allocates, and must be given the type back to free.
  const Hdf5Handle type(H5Aget_type(attribute), H5Tclose, "an attribute without a type");
  std::vector<char*> texts(count, nullptr);
  if (H5Aread(attribute, type, texts.data()) < 0) return;
  for (std::size_t i = 0; i < count; ++i) print_one(i, texts[i], kLongestText);
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts.data());
}

std::string text_of(hid_t object, const char* name) {
  const Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, "an attribute cannot be opened");
  const Hdf5Handle type(H5Aget_type(attribute), H5Tclose, "an attribute without a type");
  const Hdf5Handle space(H5Aget_space(attribute), H5Sclose, "an attribute without a size");
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (count < 1 || count > kMostValues) return {};
  const auto n = static_cast<std::size_t>(count);
  const Hdf5Type stored = hdf5_type_of(type);
  std::ostringstream out;
  if (stored.name == "string")
    print_strings(attribute, stored, space, n, out);
  else if (stored.type == HostType::f16 || stored.type == HostType::f32)
    print<float>(attribute, H5T_NATIVE_FLOAT, n, out);
  else if (stored.type == HostType::f64)
    print<double>(attribute, H5T_NATIVE_DOUBLE, n, out);
  else if (stored.type == HostType::boolean)
    print<signed char>(attribute, stored.memory, n, out);
  else if (stored.type && H5Tget_class(type) == H5T_INTEGER)
    print<long long>(attribute, H5T_NATIVE_LLONG, n, out);
  return out.str();
}

struct Visit {
  const std::string& prefix;
  std::map<std::string, std::string>& texts;
};

// No exception may pass through the library.
herr_t visit(hid_t object, const char* name, const H5A_info_t*, void* data) {
  const auto& [prefix, texts] = *static_cast<Visit*>(data);
  if (texts.size() >= kMost) return 1;
  try {
    if (const std::string text = text_of(object, name); !text.empty()) texts.emplace(prefix + name, text);
  } catch (const std::exception&) {
    // An attribute that cannot be read is left out; no array depends on it.
  }
  return 0;
}

}  // namespace

void add_hdf5_attributes(hid_t object, const std::string& prefix, std::map<std::string, std::string>& texts) {
  Visit data{prefix, texts};
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, visit, &data);
}

}  // namespace fno
