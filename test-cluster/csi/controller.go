package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	mebibyte    = 1 << 20
	minimumSize = 16 * mebibyte
	defaultSize = 1 << 30
	// Images are sparse, so a volume may be larger than the pool; this only keeps nonsense out.
	maximumSize = 1 << 40
)

type controller struct {
	csi.UnimplementedControllerServer
	pool pool
}

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// idFor is the name itself where that is a plain file name, so that a directory listing of the pool can be read.
func idFor(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(name)))[:32]
}

func (c *controller) CreateVolume(_ context.Context, r *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	if r.GetName() == "" {
		return nil, status.Error(codes.InvalidArgument, "no name")
	}
	if reason := unsupported(r.GetVolumeCapabilities()); reason != "" {
		return nil, status.Error(codes.InvalidArgument, reason)
	}
	f, err := faultsFrom(r.GetParameters())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if f.Fail != "" {
		return nil, status.Error(codes.ResourceExhausted, f.Fail)
	}
	from, err := c.source(r.GetVolumeContentSource())
	if err != nil {
		return nil, err
	}
	size, err := sizeWithin(r.GetCapacityRange(), from.size)
	if err != nil {
		return nil, err
	}
	id := idFor(r.GetName())
	have, err := c.pool.find(volumes, id)
	if err != nil {
		return nil, err
	}
	if have == nil {
		have = &meta{ID: id, Name: r.GetName(), Size: size, Source: from.label, Made: time.Now(), Faults: f}
		err := c.pool.add(volumes, have, func(image string) error { return from.fill(image, size) })
		if err != nil {
			return nil, err
		}
	} else if limit := r.GetCapacityRange().GetLimitBytes(); have.Size < size || limit > 0 && have.Size > limit || have.Source != from.label {
		return nil, status.Errorf(codes.AlreadyExists, "volume %s is there with %d bytes and source %q", id, have.Size, have.Source)
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId: id, CapacityBytes: have.Size, ContentSource: r.GetVolumeContentSource(),
	}}, nil
}

// source is what a new volume is filled with.
type source struct {
	label string
	size  int64
	fill  func(image string, size int64) error
}

func (c *controller) source(content *csi.VolumeContentSource) (source, error) {
	switch {
	case content.GetSnapshot() != nil:
		m, err := c.pool.find(snapshots, content.GetSnapshot().GetSnapshotId())
		if err != nil {
			return source{}, err
		}
		if m == nil {
			return source{}, status.Error(codes.NotFound, "no such snapshot")
		}
		if !m.Faults.ready(m.Made, time.Now()) {
			return source{}, status.Error(codes.FailedPrecondition, "the snapshot is not ready")
		}
		return source{"snapshot/" + m.ID, m.Size, func(image string, size int64) error {
			if err := reflink(c.pool.image(snapshots, m.ID), image); err != nil {
				return err
			}
			return resize(image, size)
		}}, nil
	case content.GetVolume() != nil:
		m, err := c.pool.find(volumes, content.GetVolume().GetVolumeId())
		if err != nil {
			return source{}, err
		}
		if m == nil {
			return source{}, status.Error(codes.NotFound, "no such volume")
		}
		return source{"volume/" + m.ID, m.Size, func(image string, size int64) error {
			if err := c.pool.copyVolume(m.ID, image); err != nil {
				return err
			}
			return resize(image, size)
		}}, nil
	}
	return source{"", 0, format}, nil
}

// sizeWithin is in whole mebibytes; the file system of a larger copy grows when it is mounted.
func sizeWithin(wanted *csi.CapacityRange, atLeast int64) (int64, error) {
	size := wanted.GetRequiredBytes()
	if size == 0 {
		size = max(atLeast, defaultSize)
		if limit := wanted.GetLimitBytes(); limit > 0 {
			size = min(size, limit/mebibyte*mebibyte)
		}
	}
	size = max((size+mebibyte-1)/mebibyte*mebibyte, minimumSize)
	if size < atLeast || size > maximumSize || wanted.GetLimitBytes() > 0 && size > wanted.GetLimitBytes() {
		return 0, status.Errorf(codes.OutOfRange, "%d bytes are not possible here", size)
	}
	return size, nil
}

// unsupported says what is wrong with the capabilities, or nothing.
func unsupported(capabilities []*csi.VolumeCapability) string {
	if len(capabilities) == 0 {
		return "no volume capabilities"
	}
	for _, capability := range capabilities {
		if capability.GetMount() == nil {
			return "only mounted volumes, no block volumes"
		}
		if fsType := capability.GetMount().GetFsType(); fsType != "" && fsType != "ext4" {
			return "only ext4, not " + fsType
		}
		if capability.GetAccessMode().GetMode() == csi.VolumeCapability_AccessMode_UNKNOWN {
			return "no access mode"
		}
	}
	return ""
}

func (c *controller) DeleteVolume(_ context.Context, r *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	if r.GetVolumeId() == "" {
		return nil, status.Error(codes.InvalidArgument, "no volume id")
	}
	m, err := c.pool.find(volumes, r.GetVolumeId())
	if err != nil {
		return nil, err
	}
	if m == nil {
		return &csi.DeleteVolumeResponse{}, nil
	}
	if c.pool.isMounted(m.ID) {
		return nil, status.Error(codes.FailedPrecondition, "the volume is in use")
	}
	return &csi.DeleteVolumeResponse{}, c.pool.remove(volumes, m.ID)
}

func (c *controller) ValidateVolumeCapabilities(_ context.Context, r *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if r.GetVolumeId() == "" || len(r.GetVolumeCapabilities()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "no volume id or no capabilities")
	}
	m, err := c.pool.find(volumes, r.GetVolumeId())
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, status.Error(codes.NotFound, "no such volume")
	}
	if reason := unsupported(r.GetVolumeCapabilities()); reason != "" {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: reason}, nil
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeContext: r.GetVolumeContext(), VolumeCapabilities: r.GetVolumeCapabilities(), Parameters: r.GetParameters(),
	}}, nil
}

func (c *controller) GetCapacity(context.Context, *csi.GetCapacityRequest) (*csi.GetCapacityResponse, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(c.pool.dir, &s); err != nil {
		return nil, err
	}
	return &csi.GetCapacityResponse{AvailableCapacity: int64(s.Bavail) * s.Bsize}, nil
}

func (c *controller) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	response := new(csi.ControllerGetCapabilitiesResponse)
	for _, capability := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
		csi.ControllerServiceCapability_RPC_GET_CAPACITY,
		csi.ControllerServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		response.Capabilities = append(response.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: capability}},
		})
	}
	return response, nil
}

func (c *controller) CreateSnapshot(_ context.Context, r *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	if r.GetName() == "" || r.GetSourceVolumeId() == "" {
		return nil, status.Error(codes.InvalidArgument, "no name or no source volume")
	}
	f, err := faultsFrom(r.GetParameters())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if f.Fail != "" {
		return nil, status.Error(codes.Internal, f.Fail)
	}
	id := idFor(r.GetName())
	have, err := c.pool.find(snapshots, id)
	if err != nil {
		return nil, err
	}
	if have == nil {
		volume, err := c.pool.find(volumes, r.GetSourceVolumeId())
		if err != nil {
			return nil, err
		}
		if volume == nil {
			return nil, status.Error(codes.NotFound, "no such volume")
		}
		have = &meta{ID: id, Name: r.GetName(), Size: volume.Size, Source: volume.ID, Made: time.Now(), Faults: f}
		if err := c.pool.add(snapshots, have, func(image string) error { return c.pool.copyVolume(volume.ID, image) }); err != nil {
			return nil, err
		}
	} else if have.Source != r.GetSourceVolumeId() {
		return nil, status.Errorf(codes.AlreadyExists, "snapshot %s is there, of volume %s", id, have.Source)
	}
	return &csi.CreateSnapshotResponse{Snapshot: snapshotOf(have)}, nil
}

func snapshotOf(m *meta) *csi.Snapshot {
	return &csi.Snapshot{
		SnapshotId: m.ID, SourceVolumeId: m.Source, SizeBytes: m.Size,
		CreationTime: timestamppb.New(m.Made), ReadyToUse: m.Faults.ready(m.Made, time.Now()),
	}
}

func (c *controller) DeleteSnapshot(_ context.Context, r *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	if r.GetSnapshotId() == "" {
		return nil, status.Error(codes.InvalidArgument, "no snapshot id")
	}
	m, err := c.pool.find(snapshots, r.GetSnapshotId())
	if err != nil {
		return nil, err
	}
	if m == nil {
		return &csi.DeleteSnapshotResponse{}, nil
	}
	return &csi.DeleteSnapshotResponse{}, c.pool.remove(snapshots, m.ID)
}

// ListSnapshots takes an offset into the ordered list as token.
func (c *controller) ListSnapshots(_ context.Context, r *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	all, err := c.pool.list(snapshots)
	if err != nil {
		return nil, err
	}
	var entries []*csi.ListSnapshotsResponse_Entry
	for _, m := range all {
		if (r.GetSnapshotId() == "" || r.GetSnapshotId() == m.ID) && (r.GetSourceVolumeId() == "" || r.GetSourceVolumeId() == m.Source) {
			entries = append(entries, &csi.ListSnapshotsResponse_Entry{Snapshot: snapshotOf(m)})
		}
	}
	start := 0
	if token := r.GetStartingToken(); token != "" {
		if start, err = strconv.Atoi(token); err != nil || start < 0 || start > len(entries) {
			return nil, status.Error(codes.Aborted, "bad starting token")
		}
	}
	end, next := len(entries), ""
	if limit := int(r.GetMaxEntries()); limit > 0 && start+limit < end {
		end, next = start+limit, strconv.Itoa(start+limit)
	}
	return &csi.ListSnapshotsResponse{Entries: entries[start:end], NextToken: next}, nil
}
