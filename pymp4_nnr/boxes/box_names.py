"""Names of box types in English, after the titles that the standards give them."""

from __future__ import annotations

_NAMES = """
ftyp file type
styp segment type
pdin progressive download information
moov movie
mvhd movie header
trak track
tkhd track header
tref track references
trgr track groups
edts edits
elst edit list
mdia media
mdhd media header
hdlr handler
elng extended language
minf media information
vmhd video media header
smhd sound media header
hmhd hint media header
sthd subtitle media header
nmhd null media header
gmhd QuickTime media header
gmin QuickTime media information
dinf data information
dref data references
stbl sample tables
stsd sample descriptions
stts decoding times
ctts composition offsets
cslg composition to decode
stss sync samples
stps partial sync samples
stsh shadow sync samples
stsz sample sizes
stz2 compact sample sizes
stsc samples to chunks
stco chunk offsets
co64 chunk offsets, 64 bits
padb padding bits
stdp degradation priorities
sdtp sample dependencies
sbgp samples to groups
csgp compact samples to groups
sgpd sample group descriptions
subs sub-samples
saiz sizes of auxiliary information
saio offsets of auxiliary information
mvex movie extends
mehd movie extends header
trex track extends
leva levels
moof movie fragment
mfhd fragment header
traf track fragment
tfhd track fragment header
tfdt decode time
trun track run
mfra random access
tfra track random access
mfro size of random access
mdat media data
imda identified media data
free free space
skip free space
wide room for a 64-bit size
udta user data
cprt copyright
tsel track selection
kind kind
meta metadata
iloc item locations
iinf item information
infe item
iref item references
ipro item protection
pitm primary item
idat item data
iprp item properties
ipco item property container
ipma item property associations
grpl entity groups
ispe image size
pixi pixel bit depths
irot image rotation
imir image mirroring
auxC auxiliary image type
ilst list of tags
keys keys of tags
data value
mean namespace
name name
ID32 ID3 tag
chpl chapters
sidx segment index
ssix subsegment index
prft producer time
emsg event message
pssh protection system data
sinf protection scheme
frma original format
schm scheme type
schi scheme information
tenc track encryption
senc sample encryption
uuid extension
avcC AVC configuration
hvcC HEVC configuration
vvcC VVC configuration
av1C AV1 configuration
vpcC VP9 configuration
esds elementary stream descriptor
dOps Opus configuration
dfLa FLAC configuration
dac3 AC-3 configuration
dec3 E-AC-3 configuration
dac4 AC-4 configuration
wave QuickTime sound description
chan channel layout
pasp pixel aspect ratio
clap clean aperture
colr colour
btrt bit rates
fiel fields of a picture
mdcv mastering display
clli content light level
SmDm mastering display
CoLL content light level
st3d stereo video
sv3d spherical video
tapt track apertures
clef clean aperture size
prof production aperture size
enof encoded pixels size
load load settings
vttC WebVTT configuration
vlab WebVTT source label
stpp XML subtitles
wvtt WebVTT subtitles
tx3g timed text
text QuickTime text
tmcd timecode
tcmi timecode information
ftab fonts
rtp RTP
sdp SDP
nnr1 neural network
nnrC NNR configuration
avc1 AVC video
avc3 AVC video
hvc1 HEVC video
hev1 HEVC video
vvc1 VVC video
av01 AV1 video
vp08 VP8 video
vp09 VP9 video
mp4v MPEG-4 video
jpeg JPEG video
encv encrypted video
enca encrypted sound
mp4a MPEG-4 sound
Opus Opus sound
fLaC FLAC sound
ac-3 AC-3 sound
ec-3 E-AC-3 sound
ac-4 AC-4 sound
mett text metadata
metx XML metadata
urim metadata with a URI
url data reference
urn data reference
alis data reference
"""

BOX_NAMES: dict[str, str] = {
    code: name for code, _, name in (line.partition(" ") for line in _NAMES.strip().splitlines())
}
"""A short name for the types that are seen most, trailing spaces of the type left out."""
