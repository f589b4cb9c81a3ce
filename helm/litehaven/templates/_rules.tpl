{{- /*
All that the operator may do where it looks after databases. Each rule says what for; a rule without a use is a mistake.
No Secrets (pods mount those that a BackupLocation names, and nobody reads them), no exec, no wildcards; Deployments and StatefulSets are patched (pause, partition, replicas) and never created or deleted.
*/}}
{{- define "litehaven.rules" -}}
# What users ask for. The operator never writes a spec of theirs; patch is for the finalizer while something is stopped.
- apiGroups: [litehaven.dev]
  resources: [backuplocations, backupschedules]
  verbs: [get, list, watch]
- apiGroups: [litehaven.dev]
  resources: [sqlitedatabases, databasemigrations, databaserestores]
  verbs: [get, list, watch, patch]
# The restore onto an empty claim that a database asks for.
- apiGroups: [litehaven.dev]
  resources: [databaserestores]
  verbs: [create]
# Backups are made by the operator as well, for schedules and around operations; patch is for their finalizers, and
# retention deletes them.
- apiGroups: [litehaven.dev]
  resources: [databasebackups]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [litehaven.dev]
  resources:
    - sqlitedatabases/status
    - databasemigrations/status
    - databaserestores/status
    - databasebackups/status
    - backuplocations/status
    - backupschedules/status
  verbs: [update]
# A reference from the scratch volume of a restore drill to its schedule, where owners are checked.
- apiGroups: [litehaven.dev]
  resources: [backupschedules/finalizers]
  verbs: [update]
# Stopping and starting the workloads of a database, and going back to an earlier template.
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  verbs: [get, list, watch, patch]
- apiGroups: [apps]
  resources: [replicasets, controllerrevisions]
  verbs: [list]
# What else mounts a claim and cannot be stopped: it is named on the database.
- apiGroups: [apps]
  resources: [daemonsets]
  verbs: [list]
- apiGroups: [batch]
  resources: [cronjobs]
  verbs: [list]
# Who may scale a workload up while it is stopped.
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list]
# Deleting a pod stops it, removing its scheduling gate starts it, its status carries the readiness gate.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch, delete]
- apiGroups: [""]
  resources: [pods/status]
  verbs: [patch]
# The runner's report.
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
# Whether it is being deleted: then nothing of the operator's may keep it. A Role allows this for its own namespace only.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
# The finalizer that keeps a claim while its pods are held; the scratch volume of a restore drill.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, list, watch, patch, create, delete]
# Migrations are read from ConfigMaps; a runner's request is one, owned by its Job.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, patch]
# The runner.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, create, patch, delete]
# The lock of a volume.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
- apiGroups: [snapshot.storage.k8s.io]
  resources: [volumesnapshots]
  verbs: [get, create, delete]
{{- end }}
